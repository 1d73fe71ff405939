/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys after the escape key: each stands for a line typed into the monitor. */
#include "core/keys.h"

#include "core/console.h"
#include "core/lib.h"
#include "core/monitor.h"

void keys_command(char key)
{
	char focus[] = "focus ?";

	if (key == 0)
		return;
	if (!strchr("123456789n\tx", key))
		console_set_alone(false); /* so that the answer is seen */
	if (key == 'a')
		return;
	if (key >= '1' && key <= '9') {
		focus[sizeof(focus) - 2] = key;
		monitor_show(focus);
	} else if (key == 'n' || key == '\t') {
		monitor_show("focus next");
	} else if (key == 'x') {
		console_set_alone(!console_is_alone());
	} else if (key == 's') {
		monitor_show("list");
	} else if (key == 'm') {
		monitor_enter();
	} else {
		monitor_show("keys");
	}
}
