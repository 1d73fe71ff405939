/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/config.c: the words for health, panics, disks, networks, terminals and uplinks. */
/* unit-sources: core/config.c core/config_values.c core/options.c core/trace_words.c */
#include "core/config.h"

#include "core/util.h"
#include "test/unit/config_fixture.h"

static const struct config_guest *parse_guest(const char *words)
{
	char line[1024];

	snprintf(line, sizeof(line), "guest name=g %s", words);
	start("");
	add_module(line);
	parse();
	return &cfg.guests[0];
}

static void health_words_are_read(void **state)
{
	static const struct {
		const char *line;
		struct config_restarts restarts;
		uint32_t watchdog_ms;
	} lines[] = {
		{"guest", {5, false}, 0},
		{"guest restarts=1", {1, false}, 0},
		{"guest restarts=30,stop watchdog=10", {30, false}, 10},
		{"guest watchdog=600000 restarts=7,poweroff", {7, true}, 600000},
		{"guest restarts=any", {0, false}, 0},
	};

	start("");
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		add_module(lines[i].line);
	parse();
	expect_none();
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(cfg.guests[i].restarts.max, lines[i].restarts.max);
		assert_int_equal(cfg.guests[i].restarts.then_poweroff,
				 lines[i].restarts.then_poweroff);
		assert_int_equal(cfg.guests[i].watchdog_ms, lines[i].watchdog_ms);
	}
}

static void on_panic_and_nmi_watchdog(void **state)
{
	static const char *const bad[] = {"on-panic=reboot,", "on-panic=reboot,3601", "on-panic=,5",
					  "on-panic=halt,1,2", "on-panic=5"};

	(void)state;
	start("on-panic=poweroff,3600 nmi-watchdog=60");
	parse();
	assert_int_equal(cfg.on_panic.end, CONFIG_PANIC_POWEROFF);
	assert_int_equal(cfg.on_panic.wait_s, 3600);
	assert_int_equal(cfg.nmi_watchdog_s, 60);
	start("on-panic=reboot,0 nmi-watchdog=off");
	parse();
	assert_int_equal(cfg.on_panic.end, CONFIG_PANIC_REBOOT);
	assert_int_equal(cfg.on_panic.wait_s, 0);
	assert_int_equal(cfg.nmi_watchdog_s, 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		start(bad[i]);
		parse();
		expect_one("on-panic= takes halt, reboot or poweroff, and maybe ,SECONDS");
		assert_int_equal(cfg.on_panic.end, CONFIG_PANIC_HALT);
		assert_int_equal(cfg.on_panic.wait_s, 0);
		assert_int_equal(cfg.nmi_watchdog_s, 10);
	}
}

static void a_guest_has_a_console_and_random_numbers_and_nothing_else(void **state)
{
	const struct config_guest *g = parse_guest("");

	expect_none();
	assert_int_equal(g->disk_count, 0);
	assert_int_equal(g->net_count, 0);
	assert_false(g->console.is_off);
	assert_int_equal(g->console.cols, 0);
	assert_false(g->no_rng);
	assert_int_equal(cfg.uplink_count, 0);
	assert_int_equal(cfg.ramdisk_count, 0);
}

static void disks_are_read_in_order(void **state)
{
	const struct config_guest *g =
		parse_guest("disk=hd0p2 disk=a,ro disk=b,snapshot disk=c,snapshot=64K");

	expect_none();
	assert_int_equal(g->disk_count, 4);
	assert_string_equal(g->disks[0].name, "hd0p2");
	assert_false(g->disks[0].read_only);
	assert_int_equal(g->disks[0].snapshot_bytes, 0);
	assert_true(g->disks[1].read_only);
	assert_int_equal(g->disks[2].snapshot_bytes, MIB(16));
	assert_false(g->disks[2].read_only);
	assert_int_equal(g->disks[3].snapshot_bytes, KIB(64));
}

static void networks_are_read_in_order(void **state)
{
	const struct config_guest *g =
		parse_guest("net=lan net=switch1,isolated,mac=02:00:5e:Aa:0b:FF");
	static const uint8_t mac[6] = {2, 0, 0x5E, 0xAA, 0x0B, 0xFF};

	expect_none();
	assert_int_equal(g->net_count, 2);
	assert_string_equal(g->nets[0].network, "lan");
	assert_false(g->nets[0].isolated || g->nets[0].has_mac);
	assert_string_equal(g->nets[1].network, "switch1");
	assert_true(g->nets[1].isolated && g->nets[1].has_mac);
	assert_memory_equal(g->nets[1].mac, mac, 6);
}

static void the_console_may_be_off_or_have_a_size(void **state)
{
	assert_true(parse_guest("console=off")->console.is_off);
	assert_false(parse_guest("console=on")->console.is_off);
	assert_int_equal(parse_guest("console=132x43")->console.cols, 132);
	assert_int_equal(cfg.guests[0].console.rows, 43);
	assert_string_equal(cfg.guests[0].console.line, "");
	assert_string_equal(parse_guest("console=com2")->console.line, "com2");
	assert_int_equal(cfg.guests[0].console.cols, 0);
	assert_string_equal(parse_guest("console=pci7")->console.line, "pci7");
	assert_true(parse_guest("rng=off")->no_rng);
	assert_false(parse_guest("rng=on")->no_rng);
	expect_none();
}

static void uplinks_are_read(void **state)
{
	start("uplink=lan uplink=dmz,eth3");
	parse();
	expect_none();
	assert_int_equal(cfg.uplink_count, 2);
	assert_string_equal(cfg.uplinks[0].network, "lan");
	assert_int_equal(cfg.uplinks[0].card, 0);
	assert_string_equal(cfg.uplinks[1].network, "dmz");
	assert_int_equal(cfg.uplinks[1].card, 3);
}

static void ram_disks_are_modules(void **state)
{
	start("");
	add_module("disk name=data");
	add_module("guest name=a disk=data");
	add_module("/boot/disk.img disk name=more");
	parse();
	expect_none();
	assert_int_equal(cfg.ramdisk_count, 2);
	assert_string_equal(cfg.ramdisks[0].name, "data");
	assert_int_equal(cfg.ramdisks[0].start, bi.modules[0].start);
	assert_int_equal(cfg.ramdisks[0].end, bi.modules[0].end);
	assert_string_equal(cfg.ramdisks[1].name, "more");
}

static void a_wrong_guest_word_is_refused(void **state)
{
	static const char *const wrong[] = {
		"disk=",
		"disk=A",
		"disk=,ro",
		"disk=a,",
		"disk=a,rw",
		"disk=a,ro,ro",
		"disk=a,ro,snapshot",
		"disk=a,snapshot,ro",
		"disk=a,snapshot=0",
		"disk=a,snapshot=32K",
		"disk=a,snapshot=100000",
		"disk=a,snapshot=2G",
		"disk=a,snapshot=",
		"disk=a,snapshot,snapshot",
		"disk=0123456789abcdef",
		"disk=a disk=b disk=c disk=d disk=e",
		"net=",
		"net=a,",
		"net=a,isolated,isolated",
		"net=a,mac=",
		"net=0123456789abcdef",
		"net",
		"net=a,mac=02:00:00:00:00",
		"net=a,mac=02:00:00:00:00:0g",
		"net=a,mac=01:00:00:00:00:00",
		"net=a,mac=02-00-00-00-00-00",
		"net=a,mac=02:00:00:00:00:001",
		"net=a,mac=02:00:00:00:00:00,mac=02:00:00:00:00:01",
		"net=a net=b net=c",
		"console=",
		"console=80",
		"console=com0",
		"console=com5",
		"console=com22",
		"console=pci8",
		"console=com2,80x25",
		"console=80x",
		"console=x25",
		"console=0x25",
		"console=80x0",
		"console=1000x25",
		"console=yes",
		"console=on console=off",
		"rng=",
		"rng=maybe",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		parse_guest(wrong[i]);
		expect_one("");
		assert_int_equal(cfg.guest_count, 0);
	}
	parse_guest("disk=a,rw");
	expect_one("takes NAME[,ro|,snapshot[=SIZE]], SIZE 64K to 1024M; at most 4 disks");
	parse_guest("net=a,shared");
	expect_one("takes NETWORK[,isolated][,mac=02:00:00:00:00:01]; at most 2");
}

static void a_wrong_uplink_is_left_out(void **state)
{
	static const char *const wrong[] = {
		"uplink=",         "uplink=a,",      "uplink=a,eth",       "uplink=a,eth100",
		"uplink=a,eth0x1", "uplink=a,wlan0", "uplink=a,eth0,eth1", "uplink=A",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		start(wrong[i]);
		parse();
		expect_one("NETWORK or NETWORK,ethN");
		assert_int_equal(cfg.uplink_count, 0);
	}
	start("uplink=a uplink=b uplink=c uplink=d uplink=e");
	parse();
	expect_one("for at most 4 cards");
	assert_int_equal(cfg.uplink_count, CONFIG_MAX_UPLINKS);
}

static void a_wrong_disk_line_is_refused(void **state)
{
	static const struct {
		const char *line, *says;
	} wrong[] = {
		{"disk", "takes name=NAME"},
		{"disk name=", "name= takes"},
		{"disk name=a -- x", "takes name=NAME"},
		{"disk name=hd0", "names in hd are the machine's own disks"},
		{"disk name=ok", "another disk is named \"ok\""},
		{"disk name=a ro", "unknown word \"ro\""},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		start("");
		add_module("disk name=ok");
		add_module(wrong[i].line);
		parse();
		expect_one(wrong[i].says);
		assert_int_equal(cfg.ramdisk_count, 1);
	}
}

static void there_is_room_for_sixteen_ram_disks(void **state)
{
	char line[32];

	start("");
	for (unsigned i = 0; i <= CONFIG_MAX_RAMDISKS; i++) {
		snprintf(line, sizeof(line), "disk name=d%u", i);
		add_module(line);
	}
	parse();
	expect_one("more than the 16 disks that are allowed");
	assert_int_equal(cfg.ramdisk_count, CONFIG_MAX_RAMDISKS);
}

static void debugging_words_are_read(void **state)
{
	static const char *const bad[] = {
		"gdb=",     "gdb=,web", "gdb=com5",    "gdb=com",           "gdb=pci8",
		"gdb=pci/", "gdb=com0", "gdb=com1,B!", "gdb=com1,web,more", "gdb=com1,"};

	start("gdb=com2,web trace=calls,traps console=pci7");
	parse();
	expect_none();
	assert_string_equal(cfg.gdb.line, "com2");
	assert_string_equal(cfg.gdb.guest, "web");
	assert_string_equal(cfg.console, "pci7");
	start("gdb=pci0 trace=off");
	parse();
	expect_none();
	assert_string_equal(cfg.gdb.line, "pci0");
	assert_string_equal(cfg.gdb.guest, "");
	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		start(bad[i]);
		parse();
		expect_one("gdb= takes");
		assert_string_equal(cfg.gdb.line, "");
	}
	start("trace=everything");
	parse();
	expect_one("trace= takes");
}

/* A number may have any number of zeros, but its text is kept. */
static void longest_word(void **state)
{
	char line[64];

	for (unsigned more = 0; more < 2; more++) {
		int digits = (int)(sizeof(cfg.console) - 3 + more);

		snprintf(line, sizeof(line), "console=0x%0*x", digits, 0x3f8);
		start(line);
		parse();
		if (more)
			expect_one("console= takes");
		else
			expect_none();
	}
}

static void odd_characters(void **state)
{
	start("console=pci/\n\rconsole=0xZ");
	parse();
	assert_int_equal(complaints, 2);
	start("log=\x7f");
	parse();
	expect_one("\"log=?\" is not allowed");
	start("console=0x3F8");
	parse();
	expect_none();
	parse_guest("net=lan,mac=02:00:5e:aa:0b:/f");
	expect_one("/f");
	parse_guest("-- name=other");
	expect_none();
	assert_string_equal(cfg.guests[0].name, "g");
	start("");
	add_module("guest -- name=other");
	parse();
	expect_none();
	assert_string_equal(cfg.guests[0].name, "guest1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_panic_and_nmi_watchdog),
		cmocka_unit_test(debugging_words_are_read),
		cmocka_unit_test(odd_characters),
		cmocka_unit_test(longest_word),
		cmocka_unit_test(health_words_are_read),
		cmocka_unit_test(a_guest_has_a_console_and_random_numbers_and_nothing_else),
		cmocka_unit_test(disks_are_read_in_order),
		cmocka_unit_test(networks_are_read_in_order),
		cmocka_unit_test(the_console_may_be_off_or_have_a_size),
		cmocka_unit_test(uplinks_are_read),
		cmocka_unit_test(ram_disks_are_modules),
		cmocka_unit_test(a_wrong_guest_word_is_refused),
		cmocka_unit_test(a_wrong_uplink_is_left_out),
		cmocka_unit_test(a_wrong_disk_line_is_refused),
		cmocka_unit_test(there_is_room_for_sixteen_ram_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
