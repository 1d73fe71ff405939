/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration to be parsed, and what became of it. */
#ifndef GATEHOUSE_TEST_UNIT_CONFIG_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_CONFIG_FIXTURE_H

#include "core/config.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/unit.h"

static struct boot_info bi;
static struct config cfg;
static unsigned complaints;
static char complaint[512]; /* the last one */

static void note_complaint(void *ctx, const char *message)
{
	assert_ptr_equal(ctx, &cfg);
	assert_true(strlen(message) < sizeof(complaint));
	strcpy(complaint, message);
	complaints++;
}

static void parse(void)
{
	unsigned counted;

	complaints = 0;
	complaint[0] = 0;
	memset(&cfg, 0xEE, sizeof(cfg));
	counted = config_parse(&cfg, &bi, note_complaint, &cfg);
	assert_int_equal(counted, complaints);
}

static void start(const char *cmdline)
{
	memset(&bi, 0, sizeof(bi));
	strcpy(bi.cmdline, cmdline);
}

static void add_module(const char *line)
{
	struct boot_module *module = &bi.modules[bi.module_count++];

	module->start = 0x1000000 + bi.module_count * 0x1000;
	module->end = module->start + 0x800;
	strcpy(module->cmdline, line);
}

static void expect_none(void)
{
	if (complaints)
		fail_msg("unexpected complaint: %s", complaint);
}

static void expect_one(const char *part)
{
	if (complaints != 1 || !strstr(complaint, part))
		fail_msg("expected one complaint with '%s', got %u, the last: %s", part, complaints,
			 complaint);
}

#endif
