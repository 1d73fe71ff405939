/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the IDE driver against a controller with disks good and bad. */
/* unit-sources: drivers/ide.c drivers/ata.c drivers/ata_channel.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "drivers/ide.h"

#include "test/unit/ide_fixture.h"

/* ---- starting, stopping ---- */

static void test_what_is_found(void **state)
{
	assert_int_equal(device.disk_count, 3);
	assert_false(device.takes_msi);
	assert_int_equal(device.isa_line_count, 2);
	assert_int_equal(device.isa_lines[0], 14);
	assert_int_equal(device.isa_lines[1], 15);
	assert_true(device.disks[0]->can_discard && !device.disks[1]->can_discard);
	assert_string_equal(device.disks[2]->model, "FAKE");
	assert_int_equal(channels[0].control | channels[1].control, 0);
	assert_false(ide_driver.is_waiting(&device));
	assert_false(device_interrupt());
	assert_true(now_ns < NSEC_PER_SEC);
}

static void test_stop(void **state)
{
	struct job *j = job_make(device.disks[0], BLOCK_READ, 0, 1);

	job_submit(j);
	ide_driver.stop(&device);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(channels[i].control, 2);
		assert_int_equal(channels[i].bm_command & 1, 0);
	}
	job_free(j);
}

static void test_controllers_that_are_none(void **state)
{
	assert_int_equal(start_anew(0), -EIO);
	assert_non_null(strstr(last_log, "master"));
	bars[4].base = 0;
	assert_int_equal(start_anew(0x80), -EIO);
	bars[4].base = BM_BASE;
	assert_int_equal(start_anew(0x81), -EIO);
	assert_int_equal(enabled, 0);
}

static void test_nothing_connected(void **state)
{
	uint64_t before = now_ns;

	for (unsigned i = 0; i < 4; i++)
		memset(&channels[i / 2].drives[i % 2], 0, sizeof(struct fake_disk));
	floats = true;
	assert_int_equal(start_anew(0x80), 0);
	assert_true(now_ns - before < NSEC_PER_MSEC);
	floats = false;
	assert_int_equal(start_anew(0x80), 0);
	assert_true(now_ns - before < 20 * NSEC_PER_MSEC);
	assert_int_equal(device.disk_count, 0);
	assert_int_equal(channels[0].control & channels[1].control, 2);
}

static void test_only_the_second_drive(void **state)
{
	memset(&channels[0].drives[0], 0, sizeof(struct fake_disk));
	assert_int_equal(start_anew(0x80), 0);
	assert_int_equal(device.disk_count, 2);
}

static void test_drives_that_do_not_get_ready(void **state)
{
	uint64_t before = now_ns;

	never_ready = true;
	assert_int_equal(start_anew(0x80), 0);
	assert_int_equal(device.disk_count, 0);
	assert_true(now_ns - before < 3 * NSEC_PER_SEC);
}

static void test_native_mode(void **state)
{
	assert_int_equal(start_anew(0x85), 0); /* without places: nothing there */
	assert_int_equal(device.disk_count, 0);
	for (unsigned i = 0; i < 2; i++) {
		bars[2 * i] = (struct pci_bar){0xD000 + 32 * i, 8, true};
		bars[2 * i + 1] = (struct pci_bar){0xD010 + 32 * i, 4, true};
		channels[i].base = (uint16_t)(0xD000 + 32 * i);
		channels[i].control_port = (uint16_t)(0xD012 + 32 * i);
	}
	assert_int_equal(start_anew(0x85), 0);
	assert_int_equal(device.disk_count, 3);
	assert_int_equal(device.isa_line_count, 0);
}

/* ---- requests ---- */

static void run_randomly(unsigned disk, unsigned channel, unsigned drive)
{
	struct unit_random random = {77};

	for (unsigned round = 0; round < 300; round++) {
		struct job *j = job_random(device.disks[disk], &random);

		job_submit(j);
		for (unsigned i = 0; i < 10 && !j->done; i++)
			run(channel);
		job_check(j, &channels[channel].drives[drive]);
		assert_false(ide_driver.is_waiting(&device));
		job_free(j);
	}
}

static void test_random_requests(void **state)
{
	run_randomly(0, 0, 0);
	run_randomly(1, 0, 1);
	run_randomly(2, 1, 1);
	assert_true(channels[1].drives[1].commands == 301);
	assert_true(channels[0].drives[1].commands > 400);
}

/* Two drives' requests alternate on the cable, two channels' do not wait for each other. */
static void test_turns(void **state)
{
	struct job *jobs[12];

	for (unsigned i = 0; i < 12; i++)
		job_submit(jobs[i] = job_make(device.disks[i / 4], BLOCK_READ, i, 8));
	assert_true(channels[0].runs && channels[1].runs);
	for (unsigned i = 0; i < 8; i++)
		run(0);
	for (unsigned i = 0; i < 8; i++)
		job_check(jobs[i], &channels[0].drives[i / 4]);
	assert_false(jobs[8]->done);
	for (unsigned i = 8; i < 12; i++) {
		run(1);
		job_check(jobs[i], &channels[1].drives[1]);
	}
	for (unsigned i = 0; i < 12; i++)
		job_free(jobs[i]);
}

static void test_drives_take_turns(void **state)
{
	struct job *jobs[6];

	for (unsigned i = 0; i < 6; i++)
		job_submit(jobs[i] = job_make(device.disks[i / 3], BLOCK_READ, i, 8));
	for (unsigned i = 0; i < 6; i++) {
		run(0);
		assert_true(jobs[i % 2 * 3 + i / 2]->done);
	}
	for (unsigned i = 0; i < 6; i++)
		job_free(jobs[i]);
}

/* ---- errors, interrupts ---- */

static void test_an_error_is_one_requests(void **state)
{
	static const enum mood moods[] = {FAILS, FAILS_BUSY};

	for (unsigned i = 0; i < 2; i++) {
		struct job *bad = job_make(device.disks[0], BLOCK_WRITE, 5, 8);
		struct job *good = job_make(device.disks[1], BLOCK_WRITE, 5, 8);

		channels[0].drives[0].mood = moods[i];
		channels[0].drives[0].moody_commands = 1;
		job_submit(bad);
		job_submit(good);
		run(0);
		assert_int_equal(bad->done, moods[i] == FAILS);
		device_ticks(500);
		assert_int_equal(bad->error, -EIO);
		run(0);
		job_check(good, &channels[0].drives[1]);
		assert_int_equal(channels[0].resets, 1 + i);
		job_free(bad);
		job_free(good);
	}
}

/* The master found fault with memory, the drive knows nothing of it. */
static void test_an_error_of_the_master(void **state)
{
	struct job *j = job_make(device.disks[0], BLOCK_READ, 5, 8);

	job_submit(j);
	channels[0].bm_status |= 2;
	run(0);
	assert_int_equal(j->error, -EIO);
	job_free(j);
}

static void test_a_hang(void **state)
{
	struct job *bad = job_make(device.disks[0], BLOCK_READ, 5, 8);
	struct job *good = job_make(device.disks[1], BLOCK_READ, 5, 8);

	channels[0].drives[0].mood = HANGS;
	channels[0].drives[0].moody_commands = 1;
	job_submit(bad);
	job_submit(good);
	run(0);
	device_ticks(9000);
	assert_int_equal(bad->done, 0);
	device_ticks(2000);
	assert_int_equal(bad->error, -EIO);
	assert_int_equal(channels[0].resets, 2);
	run(0);
	job_check(good, &channels[0].drives[1]);
	job_free(bad);
	job_free(good);
}

static void test_a_dead_drive(void **state)
{
	struct job *jobs[5], *good = job_make(device.disks[1], BLOCK_READ, 5, 8);

	channels[0].drives[0].mood = HANGS;
	channels[0].drives[0].moody_commands = 100;
	for (unsigned i = 0; i < 5; i++)
		job_submit(jobs[i] = job_make(device.disks[0], BLOCK_READ, i, 1));
	for (unsigned i = 0; i < 3; i++) {
		run(0);
		device_ticks(11000);
	}
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(jobs[i]->error, -EIO);
		job_free(jobs[i]);
	}
	job_submit(good);
	run(0);
	job_check(good, &channels[0].drives[1]);
	job_free(good);
}

/* A drive that is busy before a command is not given one. */
static void test_a_busy_drive(void **state)
{
	struct job *bad = job_make(device.disks[0], BLOCK_READ, 5, 8);

	channels[0].status = 0xD0;
	job_submit(bad);
	assert_false(channels[0].runs);
	device_ticks(11000);
	assert_int_equal(bad->error, -EIO);
	job_free(bad);
}

static void test_interrupts_without_a_request(void **state)
{
	assert_false(device_interrupt());
	raise_line(&channels[1]);
	assert_true(device_interrupt());
	assert_false(channels[1].interrupts);
	assert_false(device_interrupt());
}

/* The line is shared, or the other channel's: a command under way is left alone. */
static void test_interrupts_of_others(void **state)
{
	struct job *j = job_make(device.disks[0], BLOCK_READ, 5, 8);

	job_submit(j);
	assert_false(device_interrupt());
	channels[0].bm_status |= 4; /* a stray one, the drive is busy */
	assert_true(device_interrupt());
	assert_true(channels[0].bm_command & 1);
	assert_int_equal(j->done, 0);
	run(0);
	job_check(j, &channels[0].drives[0]);
	job_free(j);
}

static void test_a_lost_interrupt(void **state)
{
	struct job *j = job_make(device.disks[0], BLOCK_FLUSH, 0, 1);

	job_submit(j);
	run_channel(&channels[0]);
	device_ticks(100);
	job_check(j, &channels[0].drives[0]);
	job_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_is_found, setup),
		cmocka_unit_test_setup(test_stop, setup),
		cmocka_unit_test_setup(test_controllers_that_are_none, power_on),
		cmocka_unit_test_setup(test_nothing_connected, power_on),
		cmocka_unit_test_setup(test_only_the_second_drive, power_on),
		cmocka_unit_test_setup(test_drives_that_do_not_get_ready, power_on),
		cmocka_unit_test_setup(test_native_mode, power_on),
		cmocka_unit_test_setup(test_random_requests, setup),
		cmocka_unit_test_setup(test_turns, setup),
		cmocka_unit_test_setup(test_drives_take_turns, setup),
		cmocka_unit_test_setup(test_an_error_is_one_requests, setup),
		cmocka_unit_test_setup(test_an_error_of_the_master, setup),
		cmocka_unit_test_setup(test_a_hang, setup),
		cmocka_unit_test_setup(test_a_dead_drive, setup),
		cmocka_unit_test_setup(test_a_busy_drive, setup),
		cmocka_unit_test_setup(test_interrupts_without_a_request, setup),
		cmocka_unit_test_setup(test_interrupts_of_others, setup),
		cmocka_unit_test_setup(test_a_lost_interrupt, setup),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(device.memory);
	return failed;
}
