/* A library is asked for all that it will be called by before anything is called: what is missing is
   known when the configuration is read, not at the first message. */
#include "ref/scan/bmi_library.h"

#include <dlfcn.h>

/* A function that is not there would be called all the same. */
static bool is_whole(const struct bmi_client_v1 *c)
{
    return c->open && c->close && c->begin && c->end && c->connection && c->from && c->rcpt &&
           c->rcpt_end && c->header && c->header_end && c->body && c->body_end && c->finish &&
           c->verdict && c->parse && c->vfree && c->v_error && c->v_default && c->v_destination &&
           c->v_rcpt && c->v_rule && c->v_tracker && c->strfree;
}

err bmi_library_load(const char *path, struct arena *arena, const struct bmi_client_v1 **client)
{
    *client = NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        return err_of(ERR_IO, arena_printf(arena, "the client library cannot be loaded: %s",
                                           dlerror()));
    }
    *client = dlsym(handle, "bmi_client_v1");
    if (*client == NULL) {
        TRY(bmi_sdk_find(handle, arena, client));
    }
    if (*client == NULL) {
        return err_of(ERR_SYNTAX, arena_printf(arena, "%s has neither bmi_client_v1 nor the names of "
                                               "libbmiclient_single.so", path));
    }
    if ((*client)->abi != BMI_CLIENT_ABI || !is_whole(*client)) {
        return err_of(ERR_SYNTAX, arena_printf(arena, "bmi_client_v1 of %s is not of version %u, or "
                                               "not all of it is there", path, BMI_CLIENT_ABI));
    }
    return OK;
}
