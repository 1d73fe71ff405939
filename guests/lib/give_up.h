/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a guest that cannot do what it is for. */
#ifndef GATEHOUSE_GUESTS_LIB_GIVE_UP_H
#define GATEHOUSE_GUESTS_LIB_GIVE_UP_H

#include "guests/lib/types.h"

/* Prints the text, powers off with it as the reason. It lies in an object file of its own, so a
 * guest that wants another end defines its own. */
__attribute__((noreturn)) void give_up(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
