/* Just enough of JSON Schema 2020-12 to hold a report against report.schema.json. A keyword that is
   not known here fails the test: a schema that nobody checks is not a schema. */
#ifndef REPORTS_SCHEMA_TEST_H
#define REPORTS_SCHEMA_TEST_H

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct schema_check {
    json_t *root;
    char wrong[512]; /* the first thing that does not fit, or "" */
};

static bool schema_fits(struct schema_check *s, json_t *schema, json_t *value, const char *path);

static bool schema_no(struct schema_check *s, const char *path, const char *why)
{
    if (!*s->wrong) {
        snprintf(s->wrong, sizeof s->wrong, "%s: %s", path, why);
    }
    return false;
}

static bool schema_type(const char *type, json_t *value)
{
    static const struct {
        const char *name;
        json_type type;
    } rows[] = {{"object", JSON_OBJECT}, {"array", JSON_ARRAY}, {"string", JSON_STRING}, {"integer", JSON_INTEGER}};
    if (strcmp(type, "boolean") == 0) {
        return json_is_boolean(value);
    }
    if (strcmp(type, "number") == 0) {
        return json_is_number(value);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, type) == 0) {
            return json_typeof(value) == rows[i].type;
        }
    }
    return false;
}

static bool schema_pattern(const char *pattern, json_t *value)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }
    bool fits = !json_is_string(value) || regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
    regfree(&regex);
    return fits;
}

static bool schema_members(struct schema_check *s, json_t *schema, json_t *value, const char *path)
{
    json_t *properties = json_object_get(schema, "properties");
    json_t *others = json_object_get(schema, "additionalProperties");
    json_t *names = json_object_get(schema, "propertyNames");
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        char at[256];
        snprintf(at, sizeof at, "%.150s.%.80s", path, key);
        json_t *own = json_object_get(properties, key);
        json_t *name = json_string(key);
        bool named = !names || schema_fits(s, names, name, at);
        json_decref(name);
        if (!named || (own && !schema_fits(s, own, member, at)) ||
            (!own && others && !schema_fits(s, others, member, at))) {
            return false;
        }
        if (!own && !others && properties) {
            return schema_no(s, at, "the schema does not know it");
        }
    }
    return true;
}

static bool schema_choice(struct schema_check *s, json_t *choices, json_t *value, bool by_value)
{
    size_t fitting = 0;
    size_t i;
    json_t *choice;
    json_array_foreach(choices, i, choice) {
        struct schema_check inner = {.root = s->root};
        fitting += by_value ? json_equal(choice, value) : schema_fits(&inner, choice, value, "");
    }
    return fitting == 1;
}

static bool schema_keyword(struct schema_check *s, json_t *schema, const char *key, json_t *rule,
                           json_t *value, const char *path)
{
    if (strcmp(key, "type") == 0) {
        return schema_type(json_string_value(rule), value) || schema_no(s, path, "wrong type");
    }
    if (strcmp(key, "const") == 0) {
        return json_equal(rule, value) || schema_no(s, path, "another value is demanded");
    }
    if (strcmp(key, "enum") == 0 || strcmp(key, "oneOf") == 0) {
        return schema_choice(s, rule, value, *key == 'e') || schema_no(s, path, "none of the choices");
    }
    if (strcmp(key, "$ref") == 0) {
        json_t *defs = json_object_get(s->root, "$defs");
        json_t *def = json_object_get(defs, json_string_value(rule) + strlen("#/$defs/"));
        return def ? schema_fits(s, def, value, path) : schema_no(s, path, "$ref leads nowhere");
    }
    if (strcmp(key, "required") == 0) {
        size_t i;
        json_t *name;
        json_array_foreach(rule, i, name) {
            if (!json_object_get(value, json_string_value(name))) {
                return schema_no(s, path, json_string_value(name));
            }
        }
        return true;
    }
    if (strcmp(key, "items") == 0) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            char at[256];
            snprintf(at, sizeof at, "%.200s[%zu]", path, i);
            if (!schema_fits(s, rule, json_array_get(value, i), at)) {
                return false;
            }
        }
        return true;
    }
    if (strcmp(key, "pattern") == 0) {
        return schema_pattern(json_string_value(rule), value) || schema_no(s, path, "pattern");
    }
    if (strcmp(key, "minimum") == 0) {
        return json_number_value(value) >= json_number_value(rule) || schema_no(s, path, "too small");
    }
    if (strcmp(key, "minItems") == 0) {
        return json_array_size(value) >= (size_t)json_integer_value(rule) || schema_no(s, path, "empty");
    }
    if (strcmp(key, "minLength") == 0) {
        return json_string_length(value) >= (size_t)json_integer_value(rule) || schema_no(s, path, "empty");
    }
    if (strcmp(key, "properties") == 0 || strcmp(key, "additionalProperties") == 0 ||
        strcmp(key, "propertyNames") == 0) {
        return schema_members(s, schema, value, path);
    }
    static const char *const silent[] = {"$schema", "title", "description", "$defs"};
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        if (strcmp(key, silent[i]) == 0) {
            return true;
        }
    }
    return schema_no(s, key, "this keyword of the schema is not checked by the test");
}

static bool schema_fits(struct schema_check *s, json_t *schema, json_t *value, const char *path)
{
    const char *key;
    json_t *rule;
    json_object_foreach(schema, key, rule) {
        if (!schema_keyword(s, schema, key, rule, value, path)) {
            return false;
        }
    }
    return true;
}

#endif
