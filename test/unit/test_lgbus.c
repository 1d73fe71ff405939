/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/lgbus.c and core/devices.c: descriptors, NOTIFY, resets (docs/interface.md). */
/* unit-sources: core/lgbus.c core/devices.c core/ramdisk.c core/block_queue.c */
/* unit-sources: core/virtio/virtq.c core/virtio/device.c core/virtio/console.c */
/* unit-sources: core/virtio/rng.c core/virtio/blk.c core/virtio/pci.c */
#include "test/unit/lgbus_fixture.h"
#include "test/unit/unit.h"

#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

static int set_up(void **state)
{
	begin();
	return 0;
}

static int tear_down(void **state)
{
	end();
	return 0;
}

static struct lguest_device_desc desc_at(gpa_t at)
{
	struct lguest_device_desc d;

	memcpy(&d, guest_memory(g) + at, sizeof(d));
	return d;
}

static gpa_t next(gpa_t at)
{
	struct lguest_device_desc d = desc_at(at);

	return at + (gpa_t)sizeof(d) + d.num_vq * (gpa_t)sizeof(struct lguest_vqconfig) +
	       2 * d.feature_len + d.config_len;
}

static struct lguest_vqconfig queue_of(gpa_t desc, unsigned n)
{
	struct lguest_vqconfig q;

	memcpy(&q, guest_memory(g) + desc + sizeof(struct lguest_device_desc) + n * sizeof(q),
	       sizeof(q));
	return q;
}

static void set_status(gpa_t desc, uint8_t status)
{
	guest_memory(g)[desc + offsetof(struct lguest_device_desc, status)] = status;
	lgbus_notify(g, desc);
}

static void the_list_names_each_device_and_ends(void **state)
{
	static const uint8_t types[] = {VIRTIO_ID_CONSOLE, VIRTIO_ID_BLOCK, VIRTIO_ID_RNG};
	uint32_t page = g->ram_bytes / PAGE_SIZE + 1;
	gpa_t at = g->ram_bytes;

	for (unsigned i = 0; i < ARRAY_SIZE(types); i++, at = next(at)) {
		struct lguest_device_desc d = desc_at(at);

		assert_int_equal(d.type, types[i]);
		assert_int_equal(d.num_vq, g->devices.list[i]->kind->queues);
		assert_int_equal(d.status, 0);
		for (unsigned q = 0; q < d.num_vq; q++) {
			assert_int_equal(queue_of(at, q).irq, i + 1);
			assert_int_equal(queue_of(at, q).pfn, page);
			page += lgbus_ring_pages(g->devices.list[i]->kind);
		}
	}
	assert_int_equal(desc_at(at).type, 0);
	assert_int_equal(page * PAGE_SIZE, g->mem_bytes);
}

static void only_what_is_something_may_be_notified(void **state)
{
	gpa_t desc = g->ram_bytes;

	for (unsigned i = 0; i < 3; i++, desc = next(desc)) {
		lgbus_notify(g, desc);
		assert_false(has_failed);
		for (unsigned q = 0; q < desc_at(desc).num_vq; q++)
			lgbus_notify(g, queue_of(desc, q).pfn * PAGE_SIZE);
		assert_false(has_failed);
	}
	lgbus_notify(g, g->ram_bytes - 1);
	assert_false(has_failed);
	lgbus_notify(g, g->ram_bytes + 1);
	assert_true(has_failed);
}

static void past_memory_the_guest_dies(void **state)
{
	lgbus_notify(g, g->mem_bytes);
	assert_true(has_failed);
}

static void a_status_takes_the_device_over_and_0_clears_its_rings(void **state)
{
	gpa_t desc = next(g->ram_bytes), ring = queue_of(desc, 0).pfn * PAGE_SIZE;

	set_status(desc, 1);
	assert_true(virtio_is_ready(&blk.device));
	memset(guest_memory(g) + ring, 0xEE, lgbus_ring_pages(blk.device.kind) * PAGE_SIZE);
	set_status(desc, 0);
	assert_int_equal(blk.device.status, 0);
	for (uint32_t i = 0; i < lgbus_ring_pages(blk.device.kind) * PAGE_SIZE; i++)
		assert_int_equal(guest_memory(g)[ring + i], 0);
	assert_int_equal(desc_at(next(desc)).type, VIRTIO_ID_RNG);
}

static void failed_stops_the_device_and_leaves_its_rings(void **state)
{
	gpa_t desc = next(g->ram_bytes), ring = queue_of(desc, 0).pfn * PAGE_SIZE;

	blk.device.status = VIRTIO_CONFIG_S_NEEDS_RESET; /* it is not taken over as it is */
	set_status(desc, 1);
	assert_int_equal(blk.device.status, VIRTIO_CONFIG_S_NEEDS_RESET);
	set_status(desc, 0);
	set_status(desc, 1);
	memset(guest_memory(g) + ring, 0xEE, PAGE_SIZE);
	set_status(desc, 7 | VIRTIO_CONFIG_S_FAILED);
	assert_int_equal(blk.device.status, 0);
	assert_int_equal(guest_memory(g)[ring], 0xEE);
}

static void nothing_is_done_for_the_dead(void **state)
{
	g->devices.work_left = true;
	g->state = GUEST_DEAD;
	devices_work(g);
	assert_true(g->devices.work_left);
	g->state = GUEST_RUNNING;
	devices_work(g);
	assert_false(g->devices.work_left);
}

static void work_wakes_who_sleeps(void **state)
{
	static const struct {
		enum guest_state state;
		bool had_work, is_woken;
	} tries[] = {{GUEST_RUNNING, false, false},
		     {GUEST_RUNNING, true, false},
		     {GUEST_HALTED, false, true},
		     {GUEST_DEAD, false, false}};

	for (unsigned i = 0; i < ARRAY_SIZE(tries); i++) {
		g->state = tries[i].state;
		g->devices.work_left = tries[i].had_work;
		woken = 0;
		blk.device.work_came(&blk.device);
		assert_true(g->devices.work_left);
		assert_int_equal(woken > 0, tries[i].is_woken);
	}
}

static void only_offered_features_are_accepted(void **state)
{
	gpa_t desc = next(g->ram_bytes);
	uint32_t all = ~0u;

	memcpy(guest_memory(g) + desc + sizeof(struct lguest_device_desc) +
		       sizeof(struct lguest_vqconfig) + 4,
	       &all, sizeof(all));
	set_status(desc, 3);
	assert_int_equal((uint32_t)blk.device.accepted, (uint32_t)blk.device.offered);
}

/* A read of the first sector, queued by a driver that resets the device at once. */
static void a_busy_device_that_is_reset_stalls_its_guest(void **state)
{
	gpa_t desc = next(g->ram_bytes), ring = queue_of(desc, 0).pfn * PAGE_SIZE;
	const struct {
		uint64_t gpa;
		uint32_t bytes;
		uint16_t flags, next;
	} chain[] = {{0x100, 16, 1, 1}, {0x200, 512, 3, 2}, {0x180, 1, 2, 0}};
	uint16_t one = 1;

	set_status(desc, 7);
	memcpy(guest_memory(g) + ring, chain, sizeof(chain));
	memcpy(guest_memory(g) + ring + 16u * queue_of(desc, 0).num + 2, &one, sizeof(one));
	lgbus_notify(g, ring);
	assert_true(g->devices.work_left);
	assert_int_equal(g->state, GUEST_RUNNING);
	set_status(desc, 0);
	assert_int_equal(g->state, GUEST_STALLED);
	assert_int_equal(devices_waited_for, 1);
	assert_true(guest_is_ready(g));
	for (unsigned i = 0; i < 10 && g->state == GUEST_STALLED; i++)
		devices_work(g);
	assert_int_equal(g->state, GUEST_RUNNING);
	assert_int_equal(devices_waited_for, 0);
	assert_false(virtio_is_busy(&blk.device));
	assert_int_equal(raised, 0);
}

static void an_early_string_waits_for_room(void **state)
{
	strcpy((char *)guest_memory(g) + 0x1000, "hello, early world");
	room = 5;
	g->call_again = false;
	lgbus_notify(g, 0x1000);
	assert_int_equal(printed, 5);
	assert_true(g->call_again);
	assert_int_equal(g->state, GUEST_STALLED);
	devices_work(g);
	assert_int_equal(g->state, GUEST_STALLED);
	room = 100;
	devices_work(g);
	assert_int_equal(g->state, GUEST_RUNNING);
	lgbus_notify(g, 0x1000);
	assert_false(g->call_again);
	assert_int_equal(printed, strlen("hello, early world"));
}

/* RAM ends without a NUL, and the descriptors behind it are no text of the guest's. */
static void an_early_string_ends_with_ram(void **state)
{
	memset(guest_memory(g) + RAM - 7, 'x', 7);
	room = 100;
	lgbus_notify(g, RAM - 7);
	assert_int_equal(printed, 7);
	lgbus_notify(g, RAM - 1);
	assert_int_equal(printed, 8);
	assert_false(has_failed);
}

/* I6: so much at one go, wherever its end is. */
static void an_early_string_is_bounded(void **state)
{
	memset(guest_memory(g) + 0x1000, 'x', 0x2000);
	room = 0x10000;
	lgbus_notify(g, 0x1000);
	assert_int_equal(printed, 512);
	assert_true(g->call_again); /* the guest makes the call again */
	lgbus_notify(g, 0x1000);
	assert_int_equal(printed, 1024);
	assert_false(g->call_again);
}

#define LGBUS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LGBUS_TEST(the_list_names_each_device_and_ends),
		LGBUS_TEST(only_what_is_something_may_be_notified),
		LGBUS_TEST(past_memory_the_guest_dies),
		LGBUS_TEST(a_status_takes_the_device_over_and_0_clears_its_rings),
		LGBUS_TEST(only_offered_features_are_accepted),
		LGBUS_TEST(failed_stops_the_device_and_leaves_its_rings),
		LGBUS_TEST(nothing_is_done_for_the_dead),
		LGBUS_TEST(work_wakes_who_sleeps),
		LGBUS_TEST(a_busy_device_that_is_reset_stalls_its_guest),
		LGBUS_TEST(an_early_string_waits_for_room),
		LGBUS_TEST(an_early_string_ends_with_ram),
		LGBUS_TEST(an_early_string_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
