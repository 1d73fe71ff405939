/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every test guest shares: verdicts, and the headers of the guest library.
 *
 * A test guest proves one rule of the guest interface. It defines test_main();
 * falling off its end means success. The last line it prints is
 *
 *	VERDICT: SUCCESS|SKIP|ERROR|FAILURE: text
 *
 * ERROR is the test's own fault, FAILURE the host's. Then it powers off.
 * Comments in the first lines of main.c tell the runner how to run it:
 *
 *	expect: success | dead "regex of the reason" | success or dead "regex"
 *	                         the last where the interface leaves it to the host
 *	expect-log: "regex"      a line the host's log must hold as well
 *	guest-line: mem=8M ...   further words of the guest's line
 *	cmdline: ...             the guest's command line
 *	cases: N                 run N times, with case=0 to case=N-1 on the command line:
 *	                         for what may end the guest at the first of several
 *	alone: why               not in a boot that it shares with other tests
 *	bystander: clock         another guest to run beside it
 *	peer: FOLDER [line] [-- cmdline]
 *	                         a test guest to run beside it, with a line of its own, as peer0,
 *	                         peer1 and so on; it gets case=, too, and its verdict counts
 *	words: uplink=lan ...    further words of the host's line
 *	ramdisk: NAME=SIZE       a module of that size, such as 64K, for disk=NAME (gblk.h)
 *	drive: KIND SIZE         a disk of the machine: virtio-blk, ahci or ide
 *	drive-after: DRIVE SECTOR+COUNT=SEED
 *	                         these sectors of drive 0, 1, ... hold that pattern at the end;
 *	                         the others are as they were
 *	nic: KIND                a network card, QEMU's name of it
 *	cpu: max                 QEMU's -cpu
 *	icount: yes              run with -icount shift=0
 *	bochs: yes               worth running under Bochs, too
 *	paging: ...              see guests/guests.mk
 *
 * peer, ramdisk, drive and drive-after may be given several times.
 */
#ifndef GATEHOUSE_TEST_GUESTS_LIB_TEST_H
#define GATEHOUSE_TEST_GUESTS_LIB_TEST_H

#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/deadline.h"
#include "guests/lib/give_up.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/irq.h"
#include "guests/lib/paging.h"
#include "guests/lib/ring3.h"
#include "guests/lib/segment.h"
#include "guests/lib/string.h"
#include "guests/lib/time.h"
#include "guests/lib/trap.h"

void test_main(void);

__attribute__((noreturn)) void test_success(const char *fmt, ...) PRINTF_LIKE(1, 2);
__attribute__((noreturn)) void test_skip(const char *fmt, ...) PRINTF_LIKE(1, 2);
__attribute__((noreturn)) void test_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
__attribute__((noreturn)) void test_failure(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* case= of the command line, or 0. */
uint32_t test_case(void);

/* The rule under test; the text says what was seen instead. */
#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition))                                                                  \
			test_failure(__VA_ARGS__);                                                 \
	} while (0)

/* Fails unless the last TRAP_TRY trapped with this vector and error code, at its first
 * instruction. */
void check_fault(const char *what, unsigned vector, uint32_t error);

/* Fails if the last TRAP_TRY trapped. */
void check_no_trap(const char *what);

/* Fails unless the page fault seen last has this error code and address. */
void check_page_fault(const char *what, uint32_t error, uint32_t address);

/* Skips the test if the host does not vouch for the TSC. */
void need_tsc(void);

/* Runs ring 3 from *r and fails unless it leaves with this vector. */
void check_ring3_leaves(const char *what, struct regs *r, unsigned vector);

/* Waits with interrupts as they are until *flag is nonzero; false after ms milliseconds. Wants a
 * TSC. */
bool wait_for(const volatile uint32_t *flag, uint32_t ms);

/* Reading and writing any address; for use in TRAP_TRY-like probes. True if it did not fault. */
bool try_read(uint32_t address, uint32_t *value);
bool try_write(uint32_t address, uint32_t value);
bool try_call(uint32_t address);

/* The first address of the switcher window, from lguest_data.reserve_mem. */
uint32_t window_start(void);

#endif
