/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dies with writes under way, LIVES times: nothing of a life reaches the disk in the next one. */
/* paging: 2level */
/* expect: dead "hypercall 99 unknown" */
/* guest-line: disk=data restarts=any */
/* ramdisk: data=1M */
/* cases: 2 */
#include "test/guests/lib/gblk.h"
#include "test/guests/lib/gnet.h"

#define REQUESTS  16u
#define SECTORS   8u
#define SECTOR(n) (16u + 3 * SECTORS * (n)) /* of request n: apart, or QEMU makes them one */
#define LIVES     6u
#define QUIET_NS  (50 * NSEC_PER_MSEC)
#define MARK      0x4C495645u
#define STAMP     0xD1E00000u /* + the life that wrote it */

#define BLOCK_WORDS (SECTORS * GBLK_SECTOR / 4)

static struct gvirtio d;
static struct gblk_request requests[REQUESTS];
static uint32_t before[REQUESTS][BLOCK_WORDS] PAGE_ALIGNED;
static uint32_t buf[REQUESTS][BLOCK_WORDS] PAGE_ALIGNED;
static uint32_t counter[GBLK_SECTOR / 4];

static void stamp(uint32_t *block)
{
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		block[i] = STAMP + counter[0];
}

static void read_area(uint32_t area[REQUESTS][BLOCK_WORDS])
{
	for (unsigned n = 0; n < REQUESTS; n++)
		gblk_read(&d, SECTOR(n), area[n], SECTORS);
}

/* What the disk has says which life this is. */
static void count_life(void)
{
	gblk_read(&d, 0, counter, 1);
	if (counter[1] != MARK)
		counter[0] = 0;
	counter[0]++;
	counter[1] = MARK;
}

/* What is there was there at first, or an earlier life wrote it while its memory was its own. */
static void check_written(void)
{
	for (unsigned n = 0; n < REQUESTS; n++) {
		gblk_pattern(buf[0], SECTOR(n), SECTORS, 0);
		for (unsigned i = 0; i < BLOCK_WORDS; i++)
			CHECK(before[n][i] == buf[0][i] || before[n][i] - STAMP < counter[0],
			      "life %u: block %u, word %u is 0x%x", counter[0], n, i, before[n][i]);
	}
}

/* Nobody writes, not even this life, whose writes might wait behind others: what is there stays. */
static void check_quiet(void)
{
	read_area(before);
	check_written();
	set_deadline(QUIET_NS);
	irq_halt();
	read_area(buf);
	CHECK(!memcmp(before, buf, sizeof(buf)), "life %u: something was written", counter[0]);
}

static void check_own_writes(void)
{
	for (unsigned n = 0; n < REQUESTS; n += 4) {
		stamp(buf[n]);
		gblk_write(&d, SECTOR(n), buf[n], SECTORS);
	}
	read_area(before);
	CHECK(!memcmp(before, buf, sizeof(buf)), "life %u: written over", counter[0]);
}

static void write_all(void)
{
	for (unsigned n = 0; n < REQUESTS; n++) {
		struct gpiece piece = GPIECE_OUT(buf[n], sizeof(buf[n]));

		stamp(buf[n]);
		gblk_post(&d, &requests[n], VIRTIO_BLK_T_OUT, SECTOR(n), &piece, 1);
	}
	gqueue_kick(&d.queues[0]);
}

/* With `often` there is a card as well, no time to look, and a report of every eighth life only. */
static void start_card(void)
{
	static struct gnet card;
	static struct gnet_frame f;

	gnet_open(&card, 0, 0);
	gnet_make(&card, &f, GNET_ALL, GNET_SHOUT, counter[0], 60);
	gnet_send(&card, &f);
}

void test_main(void)
{
	gblk_open(&d, 0);
	gvirtio_start(&d, 0);
	count_life();
	if (!boot_has_word("often"))
		check_quiet();
	gblk_write(&d, 0, counter, 1);
	if (boot_has_word("often")) {
		start_card();
	} else {
		check_own_writes();
		if (counter[0] > LIVES)
			return;
	}
	write_all();
	if (counter[0] % 3) {
		set_deadline(counter[0] % 16 * 30000);
		irq_halt();
	}
	if (boot_has_word("often") && counter[0] % 8)
		shutdown(LGUEST_SHUTDOWN_RESTART, "");
	hcall0(99);
	test_failure("survived hypercall 99");
}
