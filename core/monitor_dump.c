/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands that dump: none yet. */
#include "core/monitor.h"

const struct monitor_command monitor_dump_commands[] = {{.name = NULL}};
