/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/config.c: good lines, loader habits, and one complaint for each mistake. */
/* unit-sources: core/config.c core/config_values.c core/options.c core/trace_words.c */
#include "core/config.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "core/util.h"
#include "test/unit/config_fixture.h"

static void defaults_are_as_documented(void **state)
{
	start("");
	add_module("guest");
	parse();
	expect_none();
	assert_string_equal(cfg.console, "com1");
	assert_int_equal(cfg.baud, 115200);
	assert_true(cfg.vga);
	assert_int_equal(cfg.escape, 0x1D);
	assert_int_equal(cfg.log_level, LOG_INFO);
	assert_int_equal(cfg.on_idle, CONFIG_IDLE_WAIT);
	assert_int_equal(cfg.on_panic.end, CONFIG_PANIC_HALT);
	assert_false(cfg.test);
	assert_int_equal(cfg.guest_count, 1);
	assert_string_equal(cfg.guests[0].name, "guest1");
	assert_int_equal(cfg.guests[0].mem_bytes, MIB(16));
	assert_int_equal(cfg.guests[0].weight, CONFIG_WEIGHT_DEFAULT);
	assert_int_equal(cfg.guests[0].shadow_pages, 0);
	assert_int_equal(cfg.guests[0].on_crash, CONFIG_CRASH_STOP);
	assert_int_equal(cfg.guests[0].tsc, CONFIG_TSC_AUTO);
	assert_string_equal(cfg.guests[0].cmdline, "");
	assert_int_equal(cfg.guests[0].kernel_start, bi.modules[0].start);
	assert_int_equal(cfg.guests[0].kernel_end, bi.modules[0].end);
	assert_int_equal(cfg.guests[0].initrd_end, 0);
}

static void every_host_word_is_read(void **state)
{
	start(" console=0x2f8\tbaud=9600 vga=off escape=^A  log=debug on-idle=poweroff"
	      " on-panic=reboot test ");
	parse();
	expect_none();
	assert_string_equal(cfg.console, "0x2f8");
	assert_int_equal(cfg.baud, 9600);
	assert_false(cfg.vga);
	assert_int_equal(cfg.escape, 1);
	assert_int_equal(cfg.log_level, LOG_DEBUG);
	assert_int_equal(cfg.on_idle, CONFIG_IDLE_POWEROFF);
	assert_int_equal(cfg.on_panic.end, CONFIG_PANIC_REBOOT);
	assert_true(cfg.test);
	start("console=none ioapic=off log=error on-idle=reboot on-panic=halt vga=on escape=^_");
	parse();
	expect_none();
	assert_string_equal(cfg.console, "none");
	assert_int_equal(cfg.log_level, LOG_ERROR);
	assert_int_equal(cfg.on_idle, CONFIG_IDLE_REBOOT);
	assert_int_equal(cfg.escape, 0x1F);
	assert_int_equal(cfg.ioapic, WIRING_8259);
	start("ioapic=on");
	parse();
	assert_int_equal(cfg.ioapic, WIRING_IOAPIC);
	start("ioapic=auto");
	parse();
	assert_int_equal(cfg.ioapic, WIRING_AUTO);
}

static void every_guest_word_is_read(void **state)
{
	start("");
	add_module("guest name=web-1_x mem=64M weight=10000 shadow=256K on-crash=restart tsc=off"
		   " --   root=/dev/vda  -- console=hvc0 ");
	add_module("guest mem=1048576 shadow=64M weight=1 on-crash=poweroff tsc=on");
	parse();
	expect_none();
	assert_int_equal(cfg.guest_count, 2);
	assert_string_equal(cfg.guests[0].name, "web-1_x");
	assert_int_equal(cfg.guests[0].mem_bytes, MIB(64));
	assert_int_equal(cfg.guests[0].weight, 10000);
	assert_int_equal(cfg.guests[0].shadow_pages, 64);
	assert_int_equal(cfg.guests[0].on_crash, CONFIG_CRASH_RESTART);
	assert_int_equal(cfg.guests[0].tsc, CONFIG_TSC_OFF);
	assert_string_equal(cfg.guests[0].cmdline, "root=/dev/vda  -- console=hvc0 ");
	assert_string_equal(cfg.guests[1].name, "guest2");
	assert_int_equal(cfg.guests[1].mem_bytes, MIB(1));
	assert_int_equal(cfg.guests[1].shadow_pages, 16384);
	assert_int_equal(cfg.guests[1].on_crash, CONFIG_CRASH_POWEROFF);
	assert_int_equal(cfg.guests[1].tsc, CONFIG_TSC_ON);
}

static void sizes_take_suffixes(void **state)
{
	static const struct {
		const char *line;
		uint32_t bytes;
	} cases[] = {
		{"guest mem=2048K", MIB(2)},      {"guest mem=2G", 0x80000000},
		{"guest mem=2048M", 0x80000000},  {"guest mem=2m", MIB(2)},
		{"guest mem=1028K", 1028 * 1024}, {"guest mem=1g", MIB(1024)},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		start("");
		add_module(cases[i].line);
		parse();
		expect_none();
		assert_int_equal(cfg.guests[0].mem_bytes, cases[i].bytes);
	}
}

static void an_initrd_finds_its_guest_before_or_after(void **state)
{
	start("");
	add_module("initrd guest=b");
	add_module("guest name=a");
	add_module("guest name=b");
	add_module("initrd guest=a");
	parse();
	expect_none();
	assert_int_equal(cfg.guest_count, 2);
	assert_int_equal(cfg.guests[0].initrd_start, bi.modules[3].start);
	assert_int_equal(cfg.guests[0].initrd_end, bi.modules[3].end);
	assert_int_equal(cfg.guests[1].initrd_start, bi.modules[0].start);
}

static void an_initrd_may_name_a_default_name(void **state)
{
	start("");
	add_module("guest name=a");
	add_module("guest");
	add_module("initrd guest=guest2");
	parse();
	expect_none();
	assert_int_equal(cfg.guests[1].initrd_end, bi.modules[2].end);
}

static void a_path_in_front_is_skipped_once(void **state)
{
	start("/boot/gatehouse.elf log=warn");
	add_module("/boot/vmlinux guest name=a");
	add_module("./initrd.gz initrd guest=a");
	parse();
	expect_none();
	assert_int_equal(cfg.log_level, LOG_WARN);
	assert_int_equal(cfg.guests[0].initrd_end, bi.modules[1].end);
	start("/boot/gatehouse.elf /again log=warn");
	parse();
	expect_one("unknown word \"/again\"");
	start("");
	add_module("/boot/vmlinux /again guest name=a");
	parse();
	expect_one("must begin with guest, initrd or disk, not \"/again\"");
}

/* qemu gives the path always, and the path may look like anything. */
static void qemu_always_gives_a_path(void **state)
{
	start("test log=warn");
	strcpy(bi.loader, "qemu");
	add_module("guest guest name=a");
	add_module("vmlinux guest name=b");
	parse();
	expect_none();
	assert_false(cfg.test);
	assert_int_equal(cfg.log_level, LOG_WARN);
	assert_int_equal(cfg.guest_count, 2);
	start("gatehouse.elf");
	strcpy(bi.loader, "qemu");
	parse();
	expect_none();
}

static void a_slash_inside_a_known_word_is_no_path(void **state)
{
	start("console=/dev/ttyS0");
	parse();
	expect_one("\"console=/dev/ttyS0\" is not allowed");
}

static const struct {
	const char *line, *part;
} bad_host_words[] = {
	{"consle=com1", "unknown word \"consle=com1\"; known are console=, baud=, colour="},
	{"verbose", "unknown word \"verbose\""},
	{"console=com5", "\"console=com5\" is not allowed; console= takes com1 to com4"},
	{"console=", "\"console=\" is not allowed"},
	{"console", "\"console\" is not allowed"},
	{"console=0x", "console= takes"},
	{"console=0x10000", "console= takes"},
	{"console=0", "console= takes"},
	{"baud=0", "baud= takes"},
	{"baud=1", "baud= takes"},
	{"baud=115201", "baud= takes"},
	{"baud=9601", "baud= takes"},
	{"baud=96k", "baud= takes"},
	{"baud=99999999999999999999999", "baud= takes"},
	{"vga=yes", "vga= takes on or off"},
	{"ioapic=1", "ioapic= takes auto, on or off"},
	{"escape=^", "escape= takes"},
	{"escape=x]", "escape= takes"},
	{"escape=^a", "escape= takes"},
	{"escape=^@", "escape= takes"},
	{"log=all", "log= takes error, warn, info or debug"},
	{"log=inf", "log= takes"},
	{"log=infos", "log= takes"},
	{"on-idle=halt", "on-idle= takes"},
	{"on-panic=wait", "on-panic= takes"},
	{"nmi-watchdog=0", "nmi-watchdog= takes seconds from 1 to 60, or off"},
	{"nmi-watchdog=61", "nmi-watchdog= takes"},
	{"nmi-watchdog=on", "nmi-watchdog= takes"},
	{"test=1", "\"test=1\" is not allowed; test takes no value"},
	{"log=warn log=warn", "log is given twice"},
	{"--", "unknown word \"--\""},
};

static void a_wrong_host_word_is_left_out_with_one_complaint(void **state)
{
	char line[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_host_words); i++) {
		snprintf(line, sizeof(line), "%s on-panic=reboot", bad_host_words[i].line);
		start(strstr(line, "on-panic=wait") ? "on-panic=wait" : line);
		add_module("guest name=ok");
		parse();
		expect_one(bad_host_words[i].part);
		expect_one("hypervisor command line: ");
		assert_int_equal(cfg.guest_count, 1);
		assert_string_equal(cfg.console, "com1");
		assert_int_equal(cfg.baud, 115200);
		assert_int_equal(cfg.escape, 0x1D);
		if (!strstr(line, "on-panic=wait"))
			assert_int_equal(cfg.on_panic.end, CONFIG_PANIC_REBOOT);
	}
}

static const struct {
	const char *line, *part;
} bad_guest_lines[] = {
	{"guest bogus", "guest \"guest2\": unknown word \"bogus\"; known are name=, mem=, "
			"weight=, shadow=, on-crash=, restarts=, watchdog=, tsc=, "
			"console=, rng=, fast=, disk= and net="},
	{"guest mem=12Q name=web", "guest \"web\": \"mem=12Q\" is not allowed; mem= takes"},
	{"guest name=web mem=", "mem= takes a size from 1M to 2048M"},
	{"guest name=web mem", "\"mem\" is not allowed"},
	{"guest mem=M", "mem= takes"},
	{"guest mem=-1M", "mem= takes"},
	{"guest mem=0x100000", "mem= takes"},
	{"guest mem=64MB", "mem= takes"},
	{"guest mem=1023K", "mem= takes"},
	{"guest mem=2049M", "mem= takes"},
	{"guest mem=4G", "mem= takes"},
	{"guest mem=17179869184G", "mem= takes"},
	{"guest mem=17179869185G", "mem= takes"},
	{"guest mem=18446744073709551616", "mem= takes"},
	{"guest mem=18446744073710600192", "mem= takes"},
	{"guest mem=1048577", "mem= takes"},
	{"guest mem=1030K", "in whole pages"},
	{"guest mem=16M mem=16M", "mem is given twice"},
	{"guest weight=0", "weight= takes a number from 1 to 10000"},
	{"guest weight=10001", "weight= takes"},
	{"guest weight=4294967297", "weight= takes"},
	{"guest shadow=252K", "shadow= takes"},
	{"guest shadow=65M", "shadow= takes"},
	{"guest on-crash=reboot", "on-crash= takes stop, restart or poweroff"},
	{"guest restarts=0", "\"restarts=0\" is not allowed; restarts= takes a number from 1 to 30 "
			     "and maybe ,stop or ,poweroff behind it, or any"},
	{"guest restarts=31", "restarts= takes"},
	{"guest restarts=", "restarts= takes"},
	{"guest restarts=,stop", "restarts= takes"},
	{"guest restarts=5,", "restarts= takes"},
	{"guest restarts=5,restart", "restarts= takes"},
	{"guest restarts=5,stop,poweroff", "restarts= takes"},
	{"guest restarts=any,stop", "restarts= takes"},
	{"guest restarts=4294967297", "restarts= takes"},
	{"guest restarts=1 restarts=2", "restarts is given twice"},
	{"guest watchdog=9", "watchdog= takes milliseconds from 10 to 600000"},
	{"guest watchdog=600001", "watchdog= takes"},
	{"guest watchdog=off", "watchdog= takes"},
	{"guest watchdog=1s", "watchdog= takes"},
	{"guest tsc=yes", "tsc= takes auto, on or off"},
	{"guest name=", "name= takes 1 to 15 characters"},
	{"guest name=Web", "name= takes"},
	{"guest name=a.b", "name= takes"},
	{"guest name=0123456789abcdef", "name= takes"},
	{"guest name=a name=b", "name is given twice"},
	{"guest name=ok", "guest \"ok\": another guest has this name"},
	{"gest name=a", "must begin with guest, initrd or disk, not \"gest\""},
	{"", "must begin with guest, initrd or disk, not \"\""},
	{"   ", "must begin with guest, initrd or disk"},
	{"Guest", "must begin with guest, initrd or disk"},
	{"initrd", "must say whose it is; add guest=NAME"},
	{"initrd guest=", "guest= takes the name of a guest"},
	{"initrd guest=no", "guest \"no\": no module line starts a guest of this name"},
	{"initrd name=ok", "unknown word \"name=ok\"; known are guest="},
	{"initrd guest=ok -- x", "an initrd has no command line"},
	{"initrd guest=ok guest=ok", "guest is given twice"},
};

static void a_wrong_module_is_left_out_with_one_complaint(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_guest_lines); i++) {
		start("");
		add_module("guest name=ok mem=32M");
		add_module(bad_guest_lines[i].line);
		add_module("guest name=fine");
		parse();
		expect_one(bad_guest_lines[i].part);
		expect_one("module 2 (");
		expect_one(bad_guest_lines[i].line);
		assert_int_equal(cfg.guest_count, 2);
		assert_string_equal(cfg.guests[0].name, "ok");
		assert_string_equal(cfg.guests[1].name, "fine");
		assert_int_equal(cfg.guests[0].initrd_end, 0);
	}
}

static void a_second_initrd_is_refused(void **state)
{
	start("");
	add_module("guest name=a");
	add_module("initrd guest=a");
	add_module("initrd guest=a");
	parse();
	expect_one("module 3 (initrd guest=a): guest \"a\": the guest has an initrd already");
	assert_int_equal(cfg.guests[0].initrd_start, bi.modules[1].start);
}

/* The guest's own complaint is enough. */
static void the_initrd_of_a_dropped_guest_goes_silently(void **state)
{
	start("");
	add_module("initrd guest=web");
	add_module("guest mem=3 name=web");
	add_module("guest mem=3");
	add_module("initrd guest=guest2");
	add_module("guest");
	parse();
	assert_int_equal(complaints, 2);
	assert_int_equal(cfg.guest_count, 1);
	assert_string_equal(cfg.guests[0].name, "guest3");
}

static void an_empty_module_is_refused(void **state)
{
	start("");
	add_module("guest name=a");
	bi.modules[0].end = bi.modules[0].start;
	parse();
	expect_one("guest \"a\": the file is empty");
	assert_int_equal(cfg.guest_count, 0);
}

static void a_guest_command_line_has_a_limit(void **state)
{
	char line[BOOT_CMDLINE] = "guest name=a -- ";
	size_t head = strlen(line);

	start("");
	memset(line + head, 'x', CONFIG_CMDLINE - 1);
	line[head + CONFIG_CMDLINE - 1] = 0;
	add_module(line);
	parse();
	expect_none();
	assert_int_equal(strlen(cfg.guests[0].cmdline), CONFIG_CMDLINE - 1);
	strcat(line, "x");
	start("");
	add_module(line);
	parse();
	expect_one("the command line behind -- has 512 characters; at most 511 are allowed");
	assert_int_equal(cfg.guest_count, 0);
}

static void lines_the_loader_cut_off_are_not_used(void **state)
{
	start("log=debug");
	bi.cmdline_is_cut = true;
	parse();
	expect_one("hypervisor command line: it is cut off and not used");
	assert_int_equal(cfg.log_level, LOG_INFO);
	start("");
	add_module("guest name=a");
	bi.modules[0].cmdline_is_cut = true;
	parse();
	expect_one("guest \"a\": the line is cut off; it may have at most 1023 characters");
	assert_int_equal(cfg.guest_count, 0);
}

static void modules_that_were_lost_are_told(void **state)
{
	start("");
	add_module("guest");
	bi.dropped_modules = 3;
	parse();
	expect_one("modules: 3 more than the 64 that are allowed");
	assert_int_equal(cfg.guest_count, 1);
	bi.dropped_modules = 0;
	bi.bad_modules = 2;
	parse();
	expect_one("modules: 2 with an address range");
}

static void as_many_guests_as_modules_fit(void **state)
{
	unsigned i;

	start("");
	for (i = 0; i < BOOT_MAX_MODULES; i++)
		add_module("guest");
	parse();
	expect_none();
	assert_int_equal(cfg.guest_count, CONFIG_MAX_GUESTS);
	assert_string_equal(cfg.guests[63].name, "guest64");
}

static void control_characters_do_not_reach_the_console(void **state)
{
	start("");
	add_module("guest name=\x1b[2J\x07\xff");
	parse();
	expect_one("(guest name=?[2J?\?)");
}

static void a_long_line_is_shown_in_part(void **state)
{
	char line[BOOT_CMDLINE] = "guest bogus ";

	memset(line + strlen(line), 'y', 600);
	start("");
	add_module(line);
	parse();
	expect_one("yyy...): guest \"guest1\": unknown word \"bogus\"");
	memset(line, 'z', 900);
	start("");
	add_module(line);
	parse();
	expect_one("zzz...): the line must begin with guest, initrd or disk, not \"zzz");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_as_documented),
		cmocka_unit_test(every_host_word_is_read),
		cmocka_unit_test(every_guest_word_is_read),
		cmocka_unit_test(sizes_take_suffixes),
		cmocka_unit_test(an_initrd_finds_its_guest_before_or_after),
		cmocka_unit_test(an_initrd_may_name_a_default_name),
		cmocka_unit_test(a_path_in_front_is_skipped_once),
		cmocka_unit_test(qemu_always_gives_a_path),
		cmocka_unit_test(a_slash_inside_a_known_word_is_no_path),
		cmocka_unit_test(a_wrong_host_word_is_left_out_with_one_complaint),
		cmocka_unit_test(a_wrong_module_is_left_out_with_one_complaint),
		cmocka_unit_test(a_second_initrd_is_refused),
		cmocka_unit_test(the_initrd_of_a_dropped_guest_goes_silently),
		cmocka_unit_test(an_empty_module_is_refused),
		cmocka_unit_test(a_guest_command_line_has_a_limit),
		cmocka_unit_test(lines_the_loader_cut_off_are_not_used),
		cmocka_unit_test(modules_that_were_lost_are_told),
		cmocka_unit_test(as_many_guests_as_modules_fit),
		cmocka_unit_test(control_characters_do_not_reach_the_console),
		cmocka_unit_test(a_long_line_is_shown_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
