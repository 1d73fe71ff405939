/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: the hypervisor's command line, and one module line a
 * guest. Pure parsing; nothing is allocated and nothing printed here.
 *
 *	guest name=web mem=64M weight=200 -- console=hvc0
 *	initrd guest=web
 *
 * Words are separated by blanks. The first word of a module line says what the
 * module is, options are key=value, the word -- ends them and the rest of the
 * line is the guest's command line. Sizes are numbers with K, M or G behind
 * them, or bytes. An initrd may stand before or after its guest. A file path
 * that the boot loader puts in front of a line is skipped.
 */
#ifndef GATEHOUSE_CORE_CONFIG_H
#define GATEHOUSE_CORE_CONFIG_H

#include "boot/boot_info.h"
#include "core/types.h"

#define CONFIG_MAX_GUESTS     64
#define CONFIG_NAME           16  /* bytes with the final NUL */
#define CONFIG_CMDLINE        512 /* what a guest kernel may be handed */
#define CONFIG_WEIGHT_DEFAULT 100
#define CONFIG_MEM_MIN        MIB(1)
#define CONFIG_MEM_MAX        MIB(2048)

enum config_tsc { CONFIG_TSC_AUTO, CONFIG_TSC_ON, CONFIG_TSC_OFF };
enum config_on_crash { CONFIG_CRASH_STOP, CONFIG_CRASH_RESTART, CONFIG_CRASH_POWEROFF };
enum config_on_idle { CONFIG_IDLE_WAIT, CONFIG_IDLE_POWEROFF, CONFIG_IDLE_REBOOT };
enum config_on_panic { CONFIG_PANIC_HALT, CONFIG_PANIC_REBOOT };

/* What Gatehouse does to itself at the end of start-up, to see what a panic looks like. */
enum config_crash {
	CONFIG_CRASH_NONE,
	CONFIG_CRASH_STACK, /* runs into the guard page: a double fault */
	CONFIG_CRASH_NULL,  /* writes to page 0 */
	CONFIG_CRASH_TEXT,  /* writes to its own code */
	CONFIG_CRASH_EXEC,  /* executes data; without NX that is just a panic */
	CONFIG_CRASH_UD,    /* an undefined instruction */
};

struct config_guest {
	char name[CONFIG_NAME];         /* [a-z0-9_-], unique; default: guestN, N counted from 1 */
	uint32_t mem_bytes;             /* mem=, page multiple, default 16 MiB */
	uint32_t weight;                /* weight=, 1..10000 */
	uint32_t shadow_pages;          /* shadow= (size, 256K..64M), 0 = derived from mem */
	enum config_on_crash on_crash;  /* on-crash=stop|restart|poweroff */
	enum config_tsc tsc;            /* tsc=auto|on|off */
	char cmdline[CONFIG_CMDLINE];   /* after -- */
	hpa_t kernel_start, kernel_end; /* the module itself */
	hpa_t initrd_start, initrd_end; /* 0, 0 without one */
};

struct config {
	/* The hypervisor's own words. */
	char console[32];            /* console= com1..com4, none, or a port 0x3f8; default com1 */
	uint32_t baud;               /* baud=, default 115200 */
	bool vga;                    /* vga=on|off, default on */
	uint8_t escape;              /* escape=^] style, default 0x1D */
	unsigned log_level;          /* log=error|warn|info|debug */
	enum config_on_idle on_idle; /* on-idle=wait|poweroff|reboot, default wait */
	enum config_on_panic on_panic; /* on-panic=halt|reboot, default halt */
	enum config_crash crash;       /* crash=none|stack|null|text|exec|ud, for trying a panic */
	bool test; /* test: exit codes to isa-debug-exit, audit after each guest */
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
