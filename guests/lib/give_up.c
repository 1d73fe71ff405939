/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a guest that cannot do what it is for. */
#include "guests/lib/give_up.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/string.h"

void give_up(const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	shutdown(LGUEST_SHUTDOWN_POWEROFF, text);
}
