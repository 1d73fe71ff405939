/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands that do something to a guest or to the machine. */
#include "core/monitor.h"

#include "core/errno.h"

static int cmd_keys(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	monitor_print("after the escape key: 1-9 keyboard to that guest, n next guest, s status, "
		      "m monitor, escape key again: itself\n");
	return 0;
}

static int cmd_clear(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	monitor_print("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
	return 0;
}

const struct monitor_command monitor_do_commands[] = {
	{"keys", "", "what the keys after the escape key do", NULL, false, cmd_keys},
	{"clear", "", "clears the screen", NULL, false, cmd_clear},
	{.name = NULL},
};
