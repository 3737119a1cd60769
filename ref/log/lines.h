/* All lines in one: arrival.h for "<=", session.h for what happens in a session. */
#ifndef REF_LOG_LINES_H
#define REF_LOG_LINES_H

#include "ref/log/arrival.h"
#include "ref/log/session.h"

#endif
