/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crash=: breaking Gatehouse on purpose, to see and to test what a panic does. */
#ifndef GATEHOUSE_CORE_CRASH_H
#define GATEHOUSE_CORE_CRASH_H

#include "core/config.h"

/* Returns only for CONFIG_CRASH_NONE. */
void crash_on_purpose(enum config_crash kind);

#endif
