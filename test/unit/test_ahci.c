/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the AHCI driver against a controller with disks good and bad. */
/* unit-sources: drivers/ahci.c drivers/ata.c drivers/ata_channel.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "drivers/ahci.h"

#include "test/unit/ahci_fixture.h"

/* ---- starting, stopping ---- */

static void test_what_is_found(void **state)
{
	assert_int_equal(device.disk_count, 2);
	assert_true(device.takes_msi);
	assert_int_equal(device.isa_line_count, 0);
	assert_int_equal(handoffs, 1);
	assert_int_equal(resets, 1);
	assert_int_equal(enabled, 1);
	assert_string_equal(device.disks[0]->model, "FAKE");
	assert_true(device.disks[1]->sectors == DISK_SECTORS);
	assert_true(device.disks[0]->can_discard && !device.disks[1]->can_discard);
	assert_non_null(strstr(last_log, "port 2 is not used"));
	assert_int_equal(port(PACKET)[REG(CMD)] & (CMD_ST | CMD_FRE), 0);
	assert_int_equal(port(EMPTY)[REG(PIE)] | port(PACKET)[REG(PIE)], 0);
	assert_false(ahci_driver.is_waiting(&device));
	assert_false(device_interrupt());
	assert_true(now_ns < 3 * NSEC_PER_SEC);
}

static void test_stop(void **state)
{
	struct job *j = job_make(device.disks[0], BLOCK_READ, 0, 1);

	job_submit(j);
	ahci_driver.stop(&device);
	for (unsigned n = 0; n < PORTS; n++)
		assert_int_equal(port(n)[REG(CMD)] & (CMD_ST | CMD_FRE), 0);
	assert_int_equal(hba[REG(GHC)] & 2, 0);
	job_free(j);
}

static void test_controllers_that_are_none(void **state)
{
	uint64_t before;

	never_resets = true;
	before = now_ns;
	assert_int_equal(ahci_driver.start(&device), -EIO);
	assert_true(now_ns - before < 3 * NSEC_PER_SEC);
	assert_non_null(strstr(last_log, "reset"));
	bars[5] = (struct pci_bar){0, 0, false};
	assert_int_equal(ahci_driver.start(&device), -EIO);
	bars[5] = (struct pci_bar){0xC000, 32, true};
	assert_int_equal(ahci_driver.start(&device), -EIO);
}

static void test_devices_that_do_not_get_ready(void **state)
{
	uint64_t before = now_ns;

	never_settles = true;
	assert_int_equal(ahci_driver.start(&device), 0);
	assert_int_equal(device.disk_count, 0);
	assert_true(now_ns - before < 3 * NSEC_PER_SEC);
}

static void test_a_disk_that_does_not_identify_itself(void **state)
{
	disks[DISK].mood = HANGS;
	disks[DISK].moody_commands = 1;
	disks[OLD_DISK].mood = FAILS;
	disks[OLD_DISK].moody_commands = 1;
	assert_int_equal(ahci_driver.start(&device), 0);
	assert_int_equal(device.disk_count, 0);
}

/* ---- requests ---- */

static void run_randomly(unsigned disk, unsigned n)
{
	struct unit_random random = {99};

	for (unsigned round = 0; round < 300; round++) {
		struct job *j = job_random(device.disks[disk], &random);

		job_submit(j);
		for (unsigned i = 0; i < 10 && !j->done; i++)
			run(n);
		job_check(j, &disks[n]);
		assert_false(ahci_driver.is_waiting(&device));
		job_free(j);
	}
}

static void test_random_requests(void **state)
{
	run_randomly(0, DISK);
	assert_true(disks[DISK].commands == 301);
}

static void test_random_requests_in_parts(void **state)
{
	run_randomly(1, OLD_DISK);
	assert_true(disks[OLD_DISK].commands > 400);
}

static void test_the_largest_request(void **state)
{
	struct job *j = job_make(device.disks[0], BLOCK_WRITE, 0, DISK_SECTORS);

	for (j->r.count = 0; j->r.count < BLOCK_SEGMENTS; j->r.count++)
		j->segments[j->r.count] =
			(struct block_segment){j->memory + j->r.count * 8192,
					       j->r.count < BLOCK_SEGMENTS - 1 ? 8192 : 3 * 8192};
	job_submit(j);
	run(DISK);
	job_check(j, &disks[DISK]);
	job_free(j);
}

/* A queue in order, and a request from within done(). */
static void test_a_queue(void **state)
{
	struct job *jobs[20];

	for (unsigned i = 0; i < 20; i++)
		jobs[i] = job_make(device.disks[0], i % 2 ? BLOCK_READ : BLOCK_WRITE, i / 2, 1);
	jobs[18]->then = jobs[19];
	for (unsigned i = 0; i < 19; i++)
		job_submit(jobs[i]);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(jobs[i]->done, 0);
		assert_true(ahci_driver.is_waiting(&device));
		run(DISK);
		job_check(jobs[i], &disks[DISK]);
	}
	assert_false(ahci_driver.is_waiting(&device));
	for (unsigned i = 0; i < 20; i++)
		job_free(jobs[i]);
}

/* ---- errors ---- */

static void test_an_error_is_one_requests(void **state)
{
	struct job *bad = job_make(device.disks[0], BLOCK_READ, 5, 8);
	struct job *good = job_make(device.disks[0], BLOCK_READ, 5, 8);

	disks[DISK].mood = FAILS;
	disks[DISK].moody_commands = 1;
	job_submit(bad);
	job_submit(good);
	run(DISK);
	assert_int_equal(bad->error, -EIO);
	assert_int_equal(bad->done, 1);
	assert_non_null(strstr(last_log, "sector 5"));
	run(DISK);
	job_check(good, &disks[DISK]);
	assert_int_equal(port_resets, PORTS); /* those at the start */
	job_free(bad);
	job_free(good);
}

/* An error without a command; one that comes meanwhile waits. */
static void test_an_error_of_an_idle_port(void **state)
{
	struct job *good = job_make(device.disks[0], BLOCK_READ, 5, 8);

	port(DISK)[REG(TFD)] = 0xD0;
	port(DISK)[REG(PIS)] = PIS_TFES;
	latch();
	run(DISK);
	job_submit(good);
	assert_int_equal(port(DISK)[REG(CI)], 0);
	device_ticks(1000);
	assert_int_equal(port_resets, PORTS + 1);
	run(DISK);
	job_check(good, &disks[DISK]);
	job_free(good);
}

/* The device is busy after its error: it is reset, while others wait. */
static void test_an_error_with_a_reset(void **state)
{
	struct job *bad = job_make(device.disks[0], BLOCK_WRITE, 5, 8);
	struct job *good = job_make(device.disks[0], BLOCK_WRITE, 5, 8);

	disks[DISK].mood = FAILS_BUSY;
	disks[DISK].moody_commands = 1;
	job_submit(bad);
	run(DISK);
	assert_int_equal(bad->done, 0);
	job_submit(good);
	may_finish = true;
	ahci_driver.tick(&device); /* too early for the next step */
	assert_int_equal(port(DISK)[REG(SCTL)] & 1, 1);
	device_ticks(1000);
	assert_int_equal(bad->error, -EIO);
	assert_int_equal(port_resets, PORTS + 1);
	run(DISK);
	job_check(good, &disks[DISK]);
	job_free(bad);
	job_free(good);
}

static void test_a_hang(void **state)
{
	struct job *bad = job_make(device.disks[0], BLOCK_READ, 5, 8);
	struct job *good = job_make(device.disks[0], BLOCK_READ, 6, 8);

	disks[DISK].mood = HANGS;
	disks[DISK].moody_commands = 1;
	job_submit(bad);
	run(DISK);
	device_ticks(9000);
	assert_int_equal(bad->done, 0);
	assert_int_equal(port_resets, PORTS);
	device_ticks(2000);
	assert_int_equal(bad->error, -EIO);
	assert_int_equal(port_resets, PORTS + 1);
	job_submit(good);
	run(DISK);
	job_check(good, &disks[DISK]);
	job_free(bad);
	job_free(good);
}

/* While its engine runs a port may still write to memory: the request is not given back. */
static void test_a_port_that_does_not_stop(void **state)
{
	struct job *bad = job_make(device.disks[0], BLOCK_READ, 5, 8);

	disks[DISK].mood = HANGS;
	disks[DISK].moody_commands = 1;
	never_stops = true;
	job_submit(bad);
	run(DISK);
	device_ticks(14000);
	assert_int_equal(bad->done, 0);
	never_stops = false;
	port(DISK)[REG(CMD)] &= ~(uint32_t)CMD_CR;
	device_ticks(1000);
	assert_int_equal(bad->error, -EIO);
	job_free(bad);
}

/* After the third hang in a row, and then at the next look; the other disk goes on. */
static void test_a_dead_disk(void **state)
{
	struct job *jobs[50], *good = job_make(device.disks[1], BLOCK_READ, 0, 8);

	disks[DISK].mood = HANGS;
	disks[DISK].moody_commands = 100;
	for (unsigned i = 0; i < 50; i++)
		job_submit(jobs[i] = job_make(device.disks[0], BLOCK_READ, i, 1));
	for (unsigned i = 0; i < 3; i++) {
		run(DISK);
		assert_int_equal(jobs[i]->done, 0);
		device_ticks(11000);
		assert_int_equal(jobs[i]->error, -EIO);
	}
	assert_int_equal(disks[DISK].commands, 4);
	device_ticks(1000);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(jobs[i]->done, 1);
	assert_false(ahci_driver.is_waiting(&device));
	for (unsigned i = 0; i < 50; i++) {
		jobs[i]->done = 0;
		job_submit(jobs[i]);
		assert_int_equal(jobs[i]->done, 0);
	}
	device_ticks(100);
	assert_int_equal(jobs[31]->done, 1);
	assert_int_equal(jobs[32]->done, 0); /* so that no tick takes long */
	device_ticks(100);
	assert_int_equal(jobs[49]->done, 1);
	assert_int_equal(disks[DISK].commands, 4);
	job_submit(good);
	run(OLD_DISK);
	job_check(good, &disks[OLD_DISK]);
	for (unsigned i = 0; i < 50; i++)
		job_free(jobs[i]);
	job_free(good);
}

/* Hangs are counted in a row. */
static void test_hangs_between_good_ones(void **state)
{
	for (unsigned i = 0; i < 5; i++) {
		struct job *bad = job_make(device.disks[0], BLOCK_FLUSH, 0, 1);
		struct job *good = job_make(device.disks[0], BLOCK_FLUSH, 0, 1);

		disks[DISK].mood = HANGS;
		disks[DISK].moody_commands = 1;
		job_submit(bad);
		job_submit(good);
		run(DISK);
		device_ticks(59000); /* a flush may take long */
		assert_int_equal(bad->done, 0);
		device_ticks(2000);
		run(DISK);
		assert_int_equal(bad->error, -EIO);
		job_check(good, &disks[DISK]);
		job_free(bad);
		job_free(good);
	}
}

/* QEMU's port goes on with PxCI when it is started again: nothing moves then. */
static void test_a_stale_command_is_harmless(void **state)
{
	struct job *bad = job_make(device.disks[0], BLOCK_WRITE, 5, 8);

	keeps_ci = true;
	disks[DISK].mood = FAILS;
	disks[DISK].moody_commands = 1;
	job_submit(bad);
	run(DISK);
	assert_int_equal(bad->error, -EIO);
	assert_true(port(DISK)[REG(CI)]);
	job_free(bad);
	run(DISK);
	assert_int_equal(disks[DISK].last_code, ATA_NOTHING);
	assert_false(ahci_driver.is_waiting(&device));
}

/* The watch finds what no interrupt told. */
static void test_a_lost_interrupt(void **state)
{
	struct job *j = job_make(device.disks[0], BLOCK_READ, 5, 8);

	job_submit(j);
	run_port(DISK);
	assert_int_equal(j->done, 0);
	device_ticks(100);
	job_check(j, &disks[DISK]);
	job_free(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_is_found, setup),
		cmocka_unit_test_setup(test_stop, setup),
		cmocka_unit_test_setup(test_controllers_that_are_none, power_on),
		cmocka_unit_test_setup(test_devices_that_do_not_get_ready, power_on),
		cmocka_unit_test_setup(test_a_disk_that_does_not_identify_itself, power_on),
		cmocka_unit_test_setup(test_random_requests, setup),
		cmocka_unit_test_setup(test_random_requests_in_parts, setup),
		cmocka_unit_test_setup(test_the_largest_request, setup),
		cmocka_unit_test_setup(test_a_queue, setup),
		cmocka_unit_test_setup(test_an_error_is_one_requests, setup),
		cmocka_unit_test_setup(test_an_error_of_an_idle_port, setup),
		cmocka_unit_test_setup(test_an_error_with_a_reset, setup),
		cmocka_unit_test_setup(test_a_hang, setup),
		cmocka_unit_test_setup(test_a_port_that_does_not_stop, setup),
		cmocka_unit_test_setup(test_a_dead_disk, setup),
		cmocka_unit_test_setup(test_hangs_between_good_ones, setup),
		cmocka_unit_test_setup(test_a_stale_command_is_harmless, setup),
		cmocka_unit_test_setup(test_a_lost_interrupt, setup),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(device.memory);
	return failed;
}
