/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest as an ELF core file (System V ABI, chapter 5; notes: Linux, elfcore.h). */
#include "core/core_file.h"

#include <elf.h>

#include "core/guest.h"
#include "core/lib.h"

#define PAGES_A_STEP  512u
#define PR_REG_WORDS  17u
#define PRSTATUS_PID  24u
#define PRSTATUS_REGS 72u

/* struct elf_prstatus of Linux on i386, as far as it is filled in. */
struct prstatus {
	uint8_t before[PRSTATUS_REGS];
	uint32_t regs[PR_REG_WORDS];
	uint32_t has_fpu;
};

_Static_assert(sizeof(struct prstatus) == 144, "what gdb takes for i386");
_Static_assert(sizeof(struct core_note) % 4 == 0, "notes are padded to words");

/* Notes: name sizes with the NUL, padded to words. */
#define NOTES_BYTES                                                                                \
	(2 * sizeof(Elf32_Nhdr) + 8 + sizeof(struct prstatus) + 12 + sizeof(struct core_note))
#define LOADS_MAX                                                                                  \
	((CORE_FILE_HEAD_BYTES - sizeof(Elf32_Ehdr) - NOTES_BYTES) / sizeof(Elf32_Phdr) - 1)

static Elf32_Phdr *headers(const struct core_file *f)
{
	return (Elf32_Phdr *)(void *)(f->head + sizeof(Elf32_Ehdr));
}

void core_file_start(struct core_file *f, const struct guest *g, void *head)
{
	*f = (struct core_file){
		.guest = g, .head = head, .at = g->kernel_address, .end = WINDOW_BASE};
	memset(head, 0, CORE_FILE_HEAD_BYTES);
}

static void add_load(struct core_file *f, gva_t va, gpa_t gpa, uint32_t bytes)
{
	Elf32_Phdr *ph = &headers(f)[1 + f->loads]; /* the first is the notes' */
	Elf32_Phdr *last = ph - 1;

	if (f->loads && last->p_vaddr + last->p_memsz == va &&
	    last->p_paddr + last->p_memsz == gpa) {
		last->p_memsz += bytes;
		return;
	}
	if (f->loads == LOADS_MAX) {
		f->left_out += bytes >> PAGE_SHIFT;
		return;
	}
	*ph = (Elf32_Phdr){.p_type = PT_LOAD,
			   .p_vaddr = va,
			   .p_paddr = gpa,
			   .p_memsz = bytes,
			   .p_flags = PF_R | PF_W | PF_X,
			   .p_align = PAGE_SIZE};
	f->loads++;
}

/* Looks at one page, or at as many as have no table. */
static void map_one(struct core_file *f)
{
	const struct guest_tables *t = &f->guest->shadow.tables;
	uint32_t table = t->is_pae ? PD_BYTES : 2 * PD_BYTES;
	struct walk w = guest_walk(t, f->at);

	if (!w.pte_gpa) {
		f->at = MIN((f->at | (table - 1)), f->end - 1) + 1;
		return;
	}
	if (w.status == WALK_OK && w.page < f->guest->ram_bytes)
		add_load(f, f->at, (gpa_t)w.page, PAGE_SIZE);
	f->at += PAGE_SIZE;
}

static uint8_t *put_note(uint8_t *at, uint32_t type, const char *name, const void *data,
			 uint32_t bytes)
{
	uint32_t name_bytes = (uint32_t)strlen(name) + 1;
	Elf32_Nhdr header = {.n_namesz = name_bytes, .n_descsz = bytes, .n_type = type};

	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header), name, name_bytes);
	at += sizeof(header) + ALIGN_UP(name_bytes, 4u);
	memcpy(at, data, bytes);
	return at + bytes;
}

/* Linux, arch/x86/include/asm/elf.h: the order of struct user_regs_struct. */
static struct prstatus prstatus_of(const struct guest *g)
{
	const struct regs *r = g->vcpu.regs;
	struct prstatus s = {.regs = {r->ebx, r->ecx, r->edx, r->esi, r->edi, r->ebp, r->eax,
				      r->ds & 0xFFFF, r->es & 0xFFFF, r->fs & 0xFFFF,
				      r->gs & 0xFFFF, ~0u, r->eip, r->cs & 0xFFFF, r->eflags,
				      r->esp, r->ss & 0xFFFF}};

	s.before[PRSTATUS_PID] = (uint8_t)(g->id + 1);
	return s;
}

static uint8_t *put_notes(const struct core_file *f, uint8_t *at)
{
	const struct guest *g = f->guest;
	struct prstatus status = prstatus_of(g);
	struct core_note note = {
		.memory_offset = f->head_bytes,
		.memory_bytes = g->ram_bytes,
		.top = g->shadow.is_linear ? ~0u : g->shadow.tables.top,
		.is_pae = g->shadow.tables.is_pae,
		.kernel_address = g->kernel_address,
	};

	snprintf(note.name, sizeof(note.name), "%s", guest_name(g));
	if (g->state == GUEST_DEAD)
		snprintf(note.reason, sizeof(note.reason), "%s", g->reason);
	at = put_note(at, NT_PRSTATUS, "CORE", &status, sizeof(status));
	return put_note(at, CORE_NOTE_TYPE, "GATEHOUSE", &note, sizeof(note));
}

static void finish(struct core_file *f)
{
	Elf32_Phdr *ph = headers(f);
	uint32_t notes = (uint32_t)(sizeof(Elf32_Ehdr) + (1 + f->loads) * sizeof(*ph));
	Elf32_Ehdr elf = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
				      EV_CURRENT},
			  .e_type = ET_CORE,
			  .e_machine = EM_386,
			  .e_version = EV_CURRENT,
			  .e_phoff = sizeof(elf),
			  .e_ehsize = sizeof(elf),
			  .e_phentsize = sizeof(*ph),
			  .e_phnum = (uint16_t)(1 + f->loads)};

	memcpy(f->head, &elf, sizeof(elf));
	f->head_bytes = ALIGN_UP(notes + (uint32_t)NOTES_BYTES, PAGE_SIZE);
	f->bytes = f->head_bytes + f->guest->ram_bytes;
	ph[0] = (Elf32_Phdr){.p_type = PT_NOTE, .p_offset = notes, .p_align = 4};
	for (unsigned i = 1; i <= f->loads; i++) {
		ph[i].p_offset = f->head_bytes + ph[i].p_paddr;
		ph[i].p_filesz = ph[i].p_memsz;
	}
	ph[0].p_filesz = (uint32_t)(put_notes(f, f->head + notes) - (f->head + notes));
}

bool core_file_map_step(struct core_file *f)
{
	if (f->guest->shadow.is_linear) {
		add_load(f, 0, 0, f->guest->ram_bytes);
		finish(f);
		return true;
	}
	for (unsigned i = 0; i < PAGES_A_STEP && f->at < f->end; i++)
		map_one(f);
	if (f->at < f->end)
		return false;
	/* the kernel's part first: it must not suffer from a program's many pieces */
	if (!f->is_user_part) {
		f->is_user_part = true;
		f->at = 0;
		f->end = f->guest->kernel_address;
		return false;
	}
	finish(f);
	return true;
}

const uint8_t *core_file_at(const struct core_file *f, uint32_t offset, uint32_t *bytes)
{
	if (offset < f->head_bytes) {
		*bytes = MIN(*bytes, f->head_bytes - offset);
		return f->head + offset;
	}
	*bytes = MIN(*bytes, f->bytes - offset);
	return guest_memory(f->guest) + (offset - f->head_bytes);
}
