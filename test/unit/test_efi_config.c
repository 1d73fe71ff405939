/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the EFI loader's configuration file: what it understands, and each of its complaints. */
/* unit-sources: boot/efi/config.c */
#include "boot/efi/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/errno.h"
#include "core/util.h"
#include "test/unit/unit.h"

static struct config config;
static char why[256];
static char *text;

/* In memory of exactly its size, so that a sanitizer sees every byte too far. */
static int parse_bytes(const char *from, size_t bytes)
{
	free(text);
	text = malloc(bytes + 1);
	memcpy(text, from, bytes);
	return config_parse(&config, text, bytes, why, sizeof(why));
}

static int parse(const char *from)
{
	return parse_bytes(from, strlen(from));
}

static void refuse(const char *from, const char *sentence)
{
	assert_int_equal(parse(from), -EINVAL);
	assert_string_equal(why, sentence);
}

static int clean_up(void **state)
{
	free(text);
	text = NULL;
	return 0;
}

static void test_one_entry(void **state)
{
	assert_int_equal(parse("# comment\n\n"
			       "  hypervisor  gatehouse.elf   on-idle=poweroff  log=debug \r\n"
			       "\tmodule /a/b.elf guest name=b -- x # y\n"
			       "module c.img"),
			 0);
	assert_int_equal(config.entry_count, 1);
	assert_int_equal(config.timeout_s, 0);
	assert_int_equal(config.default_entry, 0);
	assert_string_equal(config.entries[0].title, "Gatehouse");
	assert_string_equal(config.entries[0].hypervisor.path, "gatehouse.elf");
	assert_string_equal(config.entries[0].hypervisor.words, "on-idle=poweroff  log=debug");
	assert_int_equal(config.entries[0].module_count, 2);
	assert_string_equal(config.modules[0].path, "/a/b.elf");
	assert_string_equal(config.modules[0].words, "guest name=b -- x # y");
	assert_string_equal(config.modules[1].path, "c.img");
	assert_string_equal(config.modules[1].words, "");
	assert_int_equal(config.width, 0);
}

static void test_menu(void **state)
{
	assert_int_equal(parse("\xEF\xBB\xBF"
			       "default 2\nscreen 1024x768\n"
			       "entry The first one\nhypervisor g\nmodule a\nmodule b\n"
			       "entry Second\nhypervisor h x\nmodule c\n"),
			 0);
	assert_int_equal(config.entry_count, 2);
	assert_int_equal(config.default_entry, 1);
	assert_int_equal(config.timeout_s, CONFIG_TIMEOUT_S);
	assert_int_equal(config.width, 1024);
	assert_int_equal(config.height, 768);
	assert_string_equal(config.entries[0].title, "The first one");
	assert_int_equal(config.entries[0].module_count, 2);
	assert_int_equal(config.entries[1].first_module, 2);
	assert_int_equal(config.entries[1].module_count, 1);
	assert_string_equal(config.entries[1].hypervisor.words, "x");
	assert_int_equal(parse("timeout 0\nentry a\nhypervisor g\nentry b\nhypervisor g"), 0);
	assert_int_equal(config.timeout_s, 0);
	assert_int_equal(parse("timeout 3600\nhypervisor g"), 0);
	assert_int_equal(config.timeout_s, 3600);
}

static void test_complaints(void **state)
{
	refuse("", "there is no line \"hypervisor FILE\"");
	refuse("# nothing\n", "there is no line \"hypervisor FILE\"");
	refuse("\nmodul a.elf\n",
	       "line 2: \"modul\" is not known; a line begins with #, timeout, default, screen, "
	       "entry, hypervisor or module");
	refuse("hypervisor\n", "line 1: hypervisor: the name of its file is missing");
	refuse("hypervisor g\nmodule \t\r\n", "line 2: module: the name of a file is missing");
	refuse("module a\n", "line 1: module: a line \"hypervisor FILE\" has to come before");
	refuse("entry x\nmodule a\n",
	       "line 2: module: a line \"hypervisor FILE\" has to come before");
	refuse("entry\n", "line 1: entry: a title for the menu is missing");
	refuse("entry x\nentry y\n",
	       "line 2: the entry \"x\" before has no line \"hypervisor FILE\"");
	refuse("entry x\n", "the entry \"x\" before has no line \"hypervisor FILE\"");
	refuse("hypervisor g\nhypervisor h\n", "line 2: the entry \"Gatehouse\" has a hypervisor; "
					       "the next entry begins with a line "
					       "\"entry TITLE\"");
	refuse("default 2\nhypervisor g\n", "the default is entry 2, but the last one is 1");
}

static void test_numbers(void **state)
{
	static const char *const bad_timeouts[] = {"", "x", "-1", "3601", "99999999999", "5s"};
	static const char *const bad_screens[] = {"",      "1024",     "1024x",    "x768",   "0x0",
						  "640x0", "65536x10", "640x480x", "640 480"};
	static const char *const bad_defaults[] = {"", "0", "10", "one"};
	char line[64];

	for (unsigned i = 0; i < ARRAY_SIZE(bad_timeouts); i++) {
		snprintf(line, sizeof(line), "timeout %s", bad_timeouts[i]);
		assert_int_equal(parse(line), -EINVAL);
		assert_non_null(strstr(why, "seconds are needed, 0 to 3600"));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(bad_screens); i++) {
		snprintf(line, sizeof(line), "screen %s", bad_screens[i]);
		assert_int_equal(parse(line), -EINVAL);
		assert_non_null(strstr(why, "as in 1024x768"));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(bad_defaults); i++) {
		snprintf(line, sizeof(line), "default %s", bad_defaults[i]);
		assert_int_equal(parse(line), -EINVAL);
		assert_non_null(strstr(why, "an entry's number is needed, 1 to 9"));
	}
}

static void test_limits(void **state)
{
	static char many[8192];
	size_t used = 0;

	for (unsigned i = 0; i < CONFIG_MAX_ENTRIES; i++)
		used += (size_t)sprintf(many + used, "entry e%u\nhypervisor g\n", i);
	assert_int_equal(parse(many), 0);
	strcpy(many + used, "entry x\nhypervisor g\n");
	refuse(many, "line 19: one entry too many; there may be 9");
	used = (size_t)sprintf(many, "hypervisor g\n");
	for (unsigned i = 0; i < BOOT_MAX_MODULES; i++)
		used += (size_t)sprintf(many + used, "module m%u\n", i);
	assert_int_equal(parse(many), 0);
	strcpy(many + used, "module x\n");
	refuse(many, "line 66: one module too many; there may be 64 in an entry, 256 in all");
	used = 0;
	for (unsigned e = 0; e < 5; e++) {
		used += (size_t)sprintf(many + used, "entry x\nhypervisor g\n");
		for (unsigned i = 0; i < 60; i++)
			used += (size_t)sprintf(many + used, "module m\n");
	}
	assert_int_equal(parse(many), -EINVAL);
	assert_non_null(strstr(why, "256 in all"));
}

/* What an editor may write: two bytes a character. */
static void test_not_text(void **state)
{
	assert_int_equal(parse_bytes("h\0y\0", 4), -EINVAL);
	assert_string_equal(why, "it is no plain text; save it as ASCII or UTF-8");
}

/* A word of any length is named in a message that fits. */
static void test_long_words(void **state)
{
	static char line[4096];

	memset(line, 'a', sizeof(line) - 1);
	assert_int_equal(parse(line), -EINVAL);
	memcpy(line, "timeout ", 8);
	assert_int_equal(parse(line), -EINVAL);
	memcpy(line, "entry a", 7);
	assert_int_equal(parse(line), -EINVAL);
	assert_true(strlen(why) < sizeof(why) - 1);
}

static void test_paths(void **state)
{
	static const uint16_t expected[] = {'\\', 'a', '\\', 'b', '\\', 'c', 0};
	uint16_t wide[16];
	char name[8];

	assert_true(config_full_path(name, sizeof(name), "/a/", "b\\c"));
	assert_string_equal(name, "/a/b\\c");
	assert_true(config_efi_path(wide, name));
	assert_memory_equal(wide, expected, sizeof(expected));
	assert_true(config_full_path(name, sizeof(name), "/a/", "/b"));
	assert_string_equal(name, "/b");
	assert_true(config_full_path(name, sizeof(name), "/a/", "\\b"));
	assert_string_equal(name, "\\b");
	assert_true(config_full_path(name, sizeof(name), "/a/", "1234"));
	assert_false(config_full_path(name, sizeof(name), "/a/", "12345"));
	assert_false(config_efi_path(wide, "/\xC3\xA4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_one_entry, clean_up),
		cmocka_unit_test_teardown(test_menu, clean_up),
		cmocka_unit_test_teardown(test_complaints, clean_up),
		cmocka_unit_test_teardown(test_numbers, clean_up),
		cmocka_unit_test_teardown(test_limits, clean_up),
		cmocka_unit_test_teardown(test_not_text, clean_up),
		cmocka_unit_test_teardown(test_long_words, clean_up),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
