/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: the hypervisor's command line, and one module line a
 * guest. Pure parsing; nothing is allocated and nothing printed here.
 *
 *	guest name=web mem=64M weight=200 -- console=hvc0
 *	initrd guest=web
 *	disk name=data
 *
 * Words are separated by blanks. The first word of a module line says what the
 * module is, options are key=value, the word -- ends them and the rest of the
 * line is the guest's command line. Sizes are numbers with K, M or G behind
 * them, or bytes. An initrd may stand before or after its guest. A file path
 * that the boot loader puts in front of a line is skipped.
 */
#ifndef GATEHOUSE_CORE_CONFIG_H
#define GATEHOUSE_CORE_CONFIG_H

#include "arch/x86/interrupts.h"
#include "boot/boot_info.h"
#include "core/trace_words.h"
#include "core/types.h"

#define CONFIG_MAX_GUESTS     64
#define CONFIG_NAME           16  /* bytes with the final NUL */
#define CONFIG_CMDLINE        512 /* what a guest kernel may be handed */
#define CONFIG_WEIGHT_DEFAULT 100
#define CONFIG_WEIGHT_MAX     10000
#define CONFIG_MEM_MIN        MIB(1)
#define CONFIG_MEM_MAX        MIB(2048)

#define CONFIG_MAX_DISKS    4 /* of a guest */
#define CONFIG_MAX_NETS     2 /* of a guest */
#define CONFIG_MAX_UPLINKS  4
#define CONFIG_MAX_RAMDISKS 16

#define CONFIG_RESTARTS_DEFAULT 5  /* a minute */
#define CONFIG_RESTARTS_MAX     30 /* a minute, unless any number will do */

enum config_tsc { CONFIG_TSC_AUTO, CONFIG_TSC_ON, CONFIG_TSC_OFF };
enum config_keyboard { CONFIG_KEYBOARD_AUTO, CONFIG_KEYBOARD_ON, CONFIG_KEYBOARD_OFF };
enum config_on_crash { CONFIG_CRASH_STOP, CONFIG_CRASH_RESTART, CONFIG_CRASH_POWEROFF };
enum config_on_idle { CONFIG_IDLE_WAIT, CONFIG_IDLE_POWEROFF, CONFIG_IDLE_REBOOT };
enum config_on_nmi { CONFIG_NMI_REPORT, CONFIG_NMI_PANIC, CONFIG_NMI_IGNORE };
enum config_panic_end { CONFIG_PANIC_HALT, CONFIG_PANIC_REBOOT, CONFIG_PANIC_POWEROFF };

struct config_on_panic {
	enum config_panic_end end;
	uint32_t wait_s; /* before that */
};

/* What Gatehouse does to itself at the end of start-up, to see what a panic looks like. */
enum config_crash {
	CONFIG_CRASH_NONE,
	CONFIG_CRASH_STACK, /* runs into the guard page: a double fault */
	CONFIG_CRASH_NULL,  /* writes to page 0 */
	CONFIG_CRASH_TEXT,  /* writes to its own code */
	CONFIG_CRASH_EXEC,  /* executes data; without NX that is just a panic */
	CONFIG_CRASH_UD,    /* an undefined instruction */
	CONFIG_CRASH_HANG,  /* a second later, in a timer: a loop without end */
};

/* disk=NAME[,ro][,snapshot[=SIZE]]: a disk of the machine, a part of one, or a RAM disk. */
struct config_disk {
	char name[CONFIG_NAME];
	bool read_only;
	uint32_t snapshot_bytes; /* writes go to this much memory and end with the guest; 0: no */
};

/* net=NETWORK[,isolated][,mac=XX:XX:XX:XX:XX:XX] */
struct config_net {
	char network[CONFIG_NAME];
	bool isolated; /* hears of and reaches only ports that are not */
	bool has_mac;
	uint8_t mac[6];
};

/* Of the virtio console. */
struct config_terminal {
	bool is_off;
	uint16_t cols, rows; /* 0, 0: not said */
	char line[8];        /* a serial line of its own; empty: the common one */
};

/* restarts=N[,stop|,poweroff] or any: how many within a minute, and what follows. */
struct config_restarts {
	uint32_t max; /* 0: any */
	bool then_poweroff;
};

struct config_guest {
	char name[CONFIG_NAME];        /* [a-z0-9_-], unique; default: guestN, N counted from 1 */
	uint32_t mem_bytes;            /* mem=, page multiple, default 16 MiB */
	uint32_t weight;               /* weight=, 1..10000 */
	uint32_t shadow_pages;         /* shadow= (size, 256K..64M), 0 = derived from mem */
	enum config_on_crash on_crash; /* on-crash=stop|restart|poweroff */
	struct config_restarts restarts;
	uint32_t watchdog_ms; /* watchdog=, 0 = none */
	enum config_tsc tsc;  /* tsc=auto|on|off */
	unsigned disk_count;
	struct config_disk disks[CONFIG_MAX_DISKS];
	unsigned net_count;
	struct config_net nets[CONFIG_MAX_NETS];
	struct config_terminal console; /* console=on|off|LINE|COLSxROWS */
	bool no_rng;                    /* rng=on|off, default on */
	bool no_fast;                   /* fast=on|off, default on */
	char cmdline[CONFIG_CMDLINE];   /* after -- */
	hpa_t kernel_start, kernel_end; /* the module itself */
	hpa_t initrd_start, initrd_end; /* 0, 0 without one */
};

/* The pages for its shadow tables: six to a MiB of memory and 64 to begin with, or as it says. */
static inline uint32_t config_pool_pages(const struct config_guest *c)
{
	return c->shadow_pages ? c->shadow_pages : 64 + (c->mem_bytes >> 20) * 6;
}

/* A module `disk name=NAME`: its bytes are a RAM disk. */
struct config_ramdisk {
	char name[CONFIG_NAME];
	hpa_t start, end;
};

/* uplink=NETWORK[,ethN]: a real card joins that network. */
struct config_uplink {
	char network[CONFIG_NAME];
	unsigned card;
};

/* gdb=com1..com4[,GUEST] and gdb-wait=GUEST: a debugger on a serial line. */
struct config_gdb {
	char line[8];            /* empty: none */
	char guest[CONFIG_NAME]; /* whom it stops; empty: whom wait says, or the first */
};

struct config {
	/* The hypervisor's own words. */
	char console[32]; /* console= com1..com4, pci0..pci7, none, or a port 0x3f8; default com1 */
	uint32_t baud;    /* baud=, default 115200 */
	struct config_gdb gdb;
	char gdb_wait[CONFIG_NAME];      /* its first instruction is the debugger's to start */
	enum interrupt_wiring ioapic;    /* ioapic=auto|on|off, default auto */
	bool vga;                        /* vga=on|off, default on */
	enum config_keyboard keyboard;   /* keyboard=auto|on|off, default auto: with a screen */
	bool colour;                     /* colour=on|off, default off */
	uint8_t escape;                  /* escape=^] style, default 0x1D */
	unsigned log_level;              /* log=error|warn|info|debug */
	enum config_on_idle on_idle;     /* on-idle=wait|poweroff|reboot, default wait */
	struct config_on_panic on_panic; /* on-panic=halt|reboot|poweroff[,SECONDS], default halt */
	uint32_t nmi_watchdog_s;         /* nmi-watchdog=SECONDS|off, default 10; 0: off */
	enum config_on_nmi on_nmi;       /* on-nmi=report|panic|ignore, default report */
	bool all_disks;                  /* disks=auto|on: drivers though no guest names a disk */
	bool hides_previous;             /* previous=on|off: the log of the last boot, default on */
	enum config_crash crash; /* crash=none|stack|null|text|exec|ud|hang, for trying a panic */
	struct trace_wish trace; /* trace=on|off|LIST, default off */
	bool test;               /* test: exit codes to isa-debug-exit, audit after each guest */
	unsigned uplink_count;
	struct config_uplink uplinks[CONFIG_MAX_UPLINKS];
	unsigned ramdisk_count;
	struct config_ramdisk ramdisks[CONFIG_MAX_RAMDISKS];
	unsigned guest_count;
	struct config_guest guests[CONFIG_MAX_GUESTS];
};

/* Gets one finished sentence for each mistake: what was seen, what is allowed. */
typedef void config_complain_fn(void *ctx, const char *message);

/*
 * Fills *cfg from the boot information. A mistake in one guest's line drops
 * that guest (and its initrd) with one complaint; the others stay. A mistake
 * in the hypervisor's line leaves that word at its default. Returns the number
 * of complaints.
 */
unsigned config_parse(struct config *cfg, const struct boot_info *bi, config_complain_fn *complain,
		      void *ctx);

#endif
