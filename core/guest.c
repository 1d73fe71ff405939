/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a guest: created, loaded, running, dead or off, started again. */
#include "core/guest.h"

#include "arch/x86/paging.h"
#include "core/audit.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/errno.h"
#include "core/frames.h"
#include "core/fast.h"
#include "core/gdb.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/panic.h"
#include "core/report.h"
#include "core/sched.h"

/* Zeroed or copied at one go while loading; about 10 us. */
#define LOAD_CHUNK KIB(64)

/* Given back at one go. */
#define RELEASE_FRAMES 1024u

/* What guests had to share at the start, for test runs to count at the end. */
static uint32_t pages_to_share;

struct guest *guests[CONFIG_MAX_GUESTS];
unsigned guest_count;
bool guests_unsettled;

static unsigned owner_of(const struct guest *g)
{
	return FRAME_GUEST + g->id;
}

const char *guest_state_name(enum guest_state state)
{
	static const char *const names[] = {"created", "loading", "running", "halted",
					    "stalled", "dead",    "off"};

	return names[state];
}

/* By all guests. */
static uint32_t pages_held(void)
{
	uint32_t held = 0;

	for (unsigned i = 0; i < guest_count; i++)
		held += host_frames.held[owner_of(guests[i])];
	return held;
}

void guests_create(const struct config *cfg, struct cpu *cpu)
{
	for (unsigned i = 0; i < cfg->guest_count; i++) {
		struct guest *g = host_pages(sizeof(*g));

		if (!g) {
			log_error("guest \"%s\": no memory left for it", cfg->guests[i].name);
			machine_note(TEST_EXIT_GUEST_DIED);
			continue;
		}
		g->id = guest_count;
		g->config = &cfg->guests[i];
		g->cpu = cpu;
		g->weight = g->config->weight;
		console_port_init(&g->console, guest_name(g));
		guests[guest_count++] = g;
		g->has_devices = devices_create(g) == 0;
		if (g->has_devices)
			guest_start(g);
	}
	pages_to_share = host_frames.held[FRAME_FREE] + pages_held();
	if (cfg->guest_count == 0)
		log_error("no guest: give each as a module, with a line like `guest name=web "
			  "mem=64M`");
	if (guest_count)
		console_set_focus(&guests[0]->console);
}

_Static_assert(SHADOW_POOL_MIN <= 64, "what config_pool_pages() gives at least");

/* Who watches it alone should see its end. */
static void not_alone(const struct guest *g)
{
	if (console_focus() == &g->console)
		console_set_alone(false);
}

static void die(struct guest *g, const char *fmt, va_list ap)
{
	vsnprintf(g->reason, sizeof(g->reason), fmt, ap);
	guest_set_state(g, GUEST_DEAD);
	g->last_exit_count = history_exits(&g->cpu->history, g->id, g->last_exits);
	guests_unsettled = true;
	not_alone(g);
	machine_note(TEST_EXIT_GUEST_DIED);
	log_error("guest \"%s\": dead: %s", guest_name(g), g->reason);
	sched_stopped(g);
	gdb_guest_ended(g);
}

void guest_fail(struct guest *g, const char *fmt, ...)
{
	va_list ap;

	if (g->state == GUEST_DEAD)
		return; /* the first reason is the one that counts */
	va_start(ap, fmt);
	die(g, fmt, ap);
	va_end(ap);
}

/* Memory is zeroed and filled in the steps of guest_load_step(). */
static void begin_loading(struct guest *g)
{
	g->load_offset = 0;
	g->has_run = g->is_settled = g->wants_restart = g->stays_dead = false;
	g->lives++;
	g->is_reported = false;
	g->calls.next = 0;
	guest_set_state(g, GUEST_LOADING);
	sched_woken(g);
}

static int take_memory(struct guest *g)
{
	const struct config_guest *c = g->config;
	uint32_t own = (c->mem_bytes >> PAGE_SHIFT) + devices_bus_pages(g);

	g->frames = own + config_pool_pages(c);
	g->base = frames_alloc(&host_frames, g->frames, PD_BYTES >> PAGE_SHIFT, owner_of(g));
	if (!g->base) {
		uint32_t largest = frames_largest(&host_frames, PD_BYTES >> PAGE_SHIFT);

		guest_fail(
			g,
			"no %u KiB of memory in one piece for it (mem=%uM, and shadow tables); the "
			"largest piece left is %u KiB",
			g->frames * 4, c->mem_bytes >> 20, largest * 4);
		g->frames = 0;
		return -ENOMEM;
	}
	g->ram_bytes = c->mem_bytes;
	g->mem_bytes = own << PAGE_SHIFT;
	return 0;
}

int guest_start(struct guest *g)
{
	const struct config_guest *c = g->config;
	int err;

	g->has_run = false;
	if (c->kernel_end > host_ram_top() || c->initrd_end > host_ram_top()) {
		guest_fail(
			g,
			"the boot loader put its image at 0x%08x (initrd 0x%08x); only RAM below "
			"0x%08x can be reached",
			c->kernel_start, c->initrd_start, host_ram_top());
		return -EFAULT;
	}
	err = take_memory(g);
	if (!err)
		begin_loading(g);
	return err;
}

/* What has to be copied into the zeroed memory; the boot parameters are small and written here. */
static int plan_image(struct guest *g, char *error, size_t error_size)
{
	const struct config_guest *c = g->config;
	struct image_ram ram = {guest_memory(g), g->ram_bytes};
	struct image_file file = {(const uint8_t *)(uintptr_t)c->kernel_start,
				  c->kernel_end - c->kernel_start};
	uint32_t initrd = c->initrd_end - c->initrd_start;
	int err;

	g->initrd_start = image_initrd_start(&ram, initrd);
	if (!g->initrd_start) {
		snprintf(error, error_size, "its initrd of %u KiB does not fit into mem=%uM",
			 initrd >> 10, g->ram_bytes >> 20);
		return -E2BIG;
	}
	err = image_plan(&ram, &file, g->initrd_start, &g->plan, error, error_size);
	if (err)
		return err;
	image_plan_add(&g->plan, (const void *)(uintptr_t)c->initrd_start, g->initrd_start, initrd);
	return image_write_boot_params(&ram, c->cmdline, g->initrd_start, initrd, error,
				       error_size);
}

/* Everything of an earlier life that is not memory. */
static void reset_state(struct guest *g)
{
	g->data = NULL;
	g->kernel_address = g->noirq_start = g->noirq_end = 0;
	g->layout = 0;
	g->stack_pages = 0;
	g->irqs = g->irq_gates = 0;
	g->nmi_gate = 0;
}

static void finish_loading(struct guest *g)
{
	reset_state(g);
	vcpu_reset(&g->vcpu, &g->cpu->slot, g->plan.entry);
	fast_allow(g);
	shadow_init(g, g->base + g->mem_bytes, g->frames - (g->mem_bytes >> PAGE_SHIFT));
	devices_init(g);
	g->has_run = true;
	guest_set_state(g, GUEST_RUNNING);
	log_info("guest \"%s\": started, %u MiB at 0x%08x, entry 0x%08x, life %u, %u pages left",
		 guest_name(g), g->ram_bytes >> 20, g->base, g->plan.entry, g->lives,
		 host_frames.held[FRAME_FREE]);
	guest_health_start(g);
	gdb_guest_started(g);
}

/* The next piece of I8: memory is zeroed before a guest first sees it. */
static void zero_step(struct guest *g)
{
	uint32_t n = MIN(LOAD_CHUNK, g->mem_bytes - g->load_offset);
	char error[192];

	memset(guest_memory(g) + g->load_offset, 0, n);
	g->load_offset += n;
	if (g->load_offset == g->mem_bytes && plan_image(g, error, sizeof(error)) != 0)
		guest_fail(g, "cannot be loaded: %s", error);
}

void guest_load_step(struct guest *g)
{
	struct image_ram ram = {guest_memory(g), g->ram_bytes};

	if (g->load_offset < g->mem_bytes)
		zero_step(g);
	else if (image_plan_step(&g->plan, &ram, LOAD_CHUNK))
		finish_loading(g);
}

/* Nothing runs, waits or is driven for it any more. */
static void stop_everything(struct guest *g)
{
	clock_remove_timer(&g->clock);
	clock_remove_timer(&g->hold);
	if (g->cpu->current == g)
		cpu_must_pick(g->cpu);
	if (g->cpu->slot.loaded == &g->vcpu)
		vcpu_load(&g->cpu->slot, NULL);
	g->data = NULL;
}

/* Gives back some of the memory; true when there is none left. */
static bool release_step(struct guest *g)
{
	uint32_t n = MIN(g->frames, RELEASE_FRAMES);

	g->mem_bytes = g->ram_bytes = 0; /* nobody looks into what goes */
	g->frames -= n;
	if (n && frames_free(&host_frames, g->base + g->frames * PAGE_SIZE, n, owner_of(g)) != 0)
		panic("memory of guest \"%s\" is not all its own", guest_name(g));
	if (g->frames)
		return false;
	log_printf(machine_is_test() ? LOG_INFO : LOG_DEBUG,
		   "guest \"%s\": memory given back, %u pages held, %u pages free", guest_name(g),
		   host_frames.held[owner_of(g)], host_frames.held[FRAME_FREE]);
	return true;
}

void guest_shutdown(struct guest *g, bool restart, const char *message)
{
	if (!restart)
		not_alone(g);
	log_info("guest \"%s\": %s%s%s", guest_name(g), restart ? "restarts" : "powered off",
		 message[0] ? ": " : "", message);
	guest_set_state(g, GUEST_OFF);
	g->wants_restart = restart;
	guests_unsettled = true;
	sched_stopped(g);
	gdb_guest_ended(g);
}

void guest_set_pmd_without_pae(struct guest *g)
{
	if (g->layout != 1 || g->first_tables_pae) {
		guest_fail(g, "SET_PMD, but its tables are 2-level: only PAE ones have directories "
			      "of that kind");
		return;
	}
	g->first_tables_pae = true;
	guest_shutdown(g, true, "this kernel has PAE, its first page tables had not");
}

/* Checked in test runs on whatever the guest left behind. */
static void audit(const struct guest *g)
{
	if (!machine_is_test() || !g->has_run || !g->shadow.pool_pages || !g->frames)
		return;
	log_info("audit: guest \"%s\": %u findings", guest_name(g), audit_guest(g));
}

/* What follows from the end of a guest, but for its memory. */
static void settle(struct guest *g)
{
	audit(g);
	clock_remove_timer(&g->clock);
	clock_remove_timer(&g->hold);
	if (g->state == GUEST_DEAD && !g->stays_dead)
		guest_health_crashed(g);
	guest_health_end(g);
}

static bool is_whole(const struct guest *g)
{
	return g->mem_bytes &&
	       g->frames == (g->mem_bytes >> PAGE_SHIFT) + config_pool_pages(g->config);
}

/* Its memory went; without other memory it is dead, and that is dealt with as any death is. */
static void start_again(struct guest *g)
{
	g->wants_restart = g->is_settled = false;
	guest_start(g);
}

/* The next step of what becomes of an ended guest; true when it was the last. */
static bool settle_step(struct guest *g)
{
	if (!g->is_settled) {
		g->is_settled = devices_let_go(g) && report_step(g);
		if (!g->is_settled)
			return false;
		settle(g);
	}
	if (g->state == GUEST_DEAD && !g->wants_restart)
		return true;
	if (g->wants_restart && guest_health_pauses(&g->health))
		return true; /* until its pause is over */
	stop_everything(g);
	if (g->wants_restart && is_whole(g))
		begin_loading(g); /* in the same memory: nothing that could be missing */
	else if (g->frames)
		return release_step(g) && !g->wants_restart;
	else if (g->wants_restart)
		start_again(g);
	return true;
}

static bool has_ended(const struct guest *g)
{
	return g->state == GUEST_DEAD || g->state == GUEST_OFF;
}

/* One that a debugger looks at stays as it is: guest_resume() makes us look again. */
void guests_settle(void)
{
	guests_unsettled = false;
	for (unsigned i = 0; i < guest_count; i++) {
		struct guest *g = guests[i];

		if (has_ended(g) && !(g->paused & GUEST_PAUSED_BY_GDB) && !settle_step(g))
			guests_unsettled = true;
	}
}

void guest_pause(struct guest *g, unsigned who)
{
	g->paused |= (uint8_t)who;
	sched_stopped(g);
}

void guest_resume(struct guest *g, unsigned who)
{
	g->paused &= (uint8_t)~who;
	guests_unsettled |= has_ended(g);
	guest_health_resume(g);
	if (guest_is_ready(g))
		sched_woken(g);
}

bool guests_give_back_all(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (guests[i]->state == GUEST_DEAD && guests[i]->frames) {
			guest_set_state(guests[i], GUEST_OFF);
			guests_unsettled = true;
		}
	if (guests_unsettled)
		return false;
	log_info("test: memory: %u of %u pages are free again, guests hold %u",
		 host_frames.held[FRAME_FREE], pages_to_share, pages_held());
	if (host_frames.held[FRAME_FREE] != pages_to_share)
		machine_note(TEST_EXIT_BROKEN);
	return true;
}

bool guests_any_alive(void)
{
	for (unsigned i = 0; i < guest_count; i++)
		if (!has_ended(guests[i]) || guests[i]->wants_restart ||
		    guests[i]->paused & GUEST_PAUSED_BY_GDB)
			return true;
	return false;
}
