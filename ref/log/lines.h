/* All lines in one: arrival.h for "<=", delivery.h for "=>", "**" and "==", session.h for what happens
   in a session. */
#ifndef REF_LOG_LINES_H
#define REF_LOG_LINES_H

#include "ref/log/arrival.h"
#include "ref/log/delivery.h"
#include "ref/log/session.h"

#endif
