/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands that write a guest down: report, core. */
#include "core/core_dump.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/lib.h"
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

static int run_core(int argc, char **argv)
{
	struct guest *g;
	char text[200];

	if (argc > 3)
		return -EINVAL;
	if (argc == 2 && !strcmp(argv[1], "stop")) {
		core_dump_stop("stopped by the monitor");
		argc = 1;
	}
	if (argc == 1) {
		core_dump_status(text, sizeof(text));
		monitor_print("%s\n", text);
		return 0;
	}
	g = monitor_guest(argv[1]);
	if (!g)
		return 0;
	if (core_dump_start(g, argc == 3 ? argv[2] : NULL, text, sizeof(text)))
		monitor_print("%s\n", text);
	else
		monitor_print(
			"the core of guest \"%s\" goes to %s; the guest is paused meanwhile\n",
			guest_name(g), argc == 3 ? argv[2] : "the console");
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
	{.name = "core",
	 .args = "[GUEST [DISK] | stop]",
	 .help = "writes a guest's core file, for gdb: to the console, or to a disk",
	 .details = "tools/gatehouse-core makes the file of the lines on the console, or of the "
		    "disk.\nThe disk is overwritten from its start; no guest may use it. Without "
		    "arguments:\nhow far it is.",
	 .names_guest = true,
	 .run = run_core},
	{.name = NULL},
};
