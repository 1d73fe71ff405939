/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands that write a guest down: report, core. */
#include "core/errno.h"
#include "core/guest.h"
#include "core/monitor.h"
#include "core/report.h"

static int run_report(int argc, char **argv)
{
	struct report report;
	struct guest *g;
	char text[REPORT_LINE];

	if (argc != 2)
		return -EINVAL;
	g = monitor_guest(argv[1]);
	if (!g)
		return 0;
	report_start(&report, g);
	while (report_next(&report, text))
		if (text[0])
			monitor_print("%s\n", text);
	return 0;
}

const struct monitor_command monitor_dump_commands[] = {
	{.name = "report",
	 .args = "GUEST",
	 .help = "what a guest was doing: registers, code, page walk, backtrace, last calls",
	 .details = "A dead guest's report is the one printed when it died; any other guest's "
		    "is of now.",
	 .names_guest = true,
	 .run = run_report},
	{.name = NULL},
};
