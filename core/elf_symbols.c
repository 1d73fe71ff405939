/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbol table of a guest's image (System V ABI, chapter 4): every field is checked. */
#include "core/elf_symbols.h"

#include <elf.h>

#include "core/lib.h"

/* A kernel has less than a hundred. */
#define SECTIONS_MAX 512u

/* An address that far behind a symbol without a size is somebody else's. */
#define REACH 0x10000u

static bool is_inside(uint32_t bytes, uint32_t offset, uint32_t length)
{
	return length <= bytes && offset <= bytes - length;
}

/* False: there is none of that number within the file. */
static bool section(const struct elf_symbols *s, const Elf32_Ehdr *elf, uint32_t n, Elf32_Shdr *sh)
{
	uint32_t offset = n * sizeof(*sh);

	if (n >= MIN(elf->e_shnum, SECTIONS_MAX) || elf->e_shoff > s->bytes ||
	    !is_inside(s->bytes - elf->e_shoff, offset, sizeof(*sh)))
		return false;
	memcpy(sh, s->file + elf->e_shoff + offset, sizeof(*sh));
	return true;
}

static bool take_table(struct elf_symbols *s, const Elf32_Ehdr *elf, const Elf32_Shdr *symbols)
{
	Elf32_Shdr strings;

	if (symbols->sh_entsize != sizeof(Elf32_Sym) ||
	    !is_inside(s->bytes, symbols->sh_offset, symbols->sh_size) ||
	    !section(s, elf, symbols->sh_link, &strings) || strings.sh_type != SHT_STRTAB ||
	    !is_inside(s->bytes, strings.sh_offset, strings.sh_size))
		return false;
	s->table = symbols->sh_offset;
	s->count = symbols->sh_size / sizeof(Elf32_Sym);
	s->names = strings.sh_offset;
	s->names_bytes = strings.sh_size;
	return true;
}

bool elf_symbols_open(struct elf_symbols *s, const void *file, uint32_t bytes)
{
	Elf32_Ehdr elf;
	Elf32_Shdr sh;

	*s = (struct elf_symbols){.file = file, .bytes = bytes};
	if (bytes < sizeof(elf))
		return false;
	memcpy(&elf, file, sizeof(elf));
	if (memcmp(elf.e_ident, ELFMAG, SELFMAG) || elf.e_ident[EI_CLASS] != ELFCLASS32 ||
	    elf.e_ident[EI_DATA] != ELFDATA2LSB || elf.e_shentsize != sizeof(sh))
		return false;
	for (uint32_t n = 0; section(s, &elf, n, &sh); n++)
		if (sh.sh_type == SHT_SYMTAB)
			return take_table(s, &elf, &sh);
	return false;
}

void symbol_search_start(struct symbol_search *q, uint32_t address)
{
	*q = (struct symbol_search){.address = address};
}

static void consider(struct symbol_search *q, const Elf32_Sym *sym)
{
	unsigned type = ELF32_ST_TYPE(sym->st_info);

	if ((type != STT_FUNC && type != STT_NOTYPE) || !sym->st_name ||
	    sym->st_shndx == SHN_UNDEF || sym->st_shndx >= SHN_LORESERVE)
		return;
	if (sym->st_value > q->address || (q->found && sym->st_value < q->value))
		return;
	/* of several names for one address a function's is the better */
	if (q->found && sym->st_value == q->value && type != STT_FUNC)
		return;
	if (q->address - sym->st_value >= MAX(sym->st_size, REACH))
		return;
	q->found = true;
	q->value = sym->st_value;
	q->name = sym->st_name;
}

bool symbol_search_step(const struct elf_symbols *s, struct symbol_search *q)
{
	uint32_t end = MIN(s->count, q->next + ELF_SYMBOLS_STEP);

	for (; q->next < end; q->next++) {
		Elf32_Sym sym;

		memcpy(&sym, s->file + s->table + q->next * sizeof(sym), sizeof(sym));
		consider(q, &sym);
	}
	return q->next >= s->count;
}

void symbol_search_text(const struct elf_symbols *s, const struct symbol_search *q, char *to,
			size_t size)
{
	char name[64];
	size_t n = 0;

	to[0] = 0;
	if (!q->found)
		return;
	for (uint32_t at = q->name; at < s->names_bytes && n < sizeof(name) - 1; at++, n++) {
		char c = (char)s->file[s->names + at];

		if (!c)
			break;
		name[n] = c > ' ' && c <= '~' ? c : '?';
	}
	name[n] = 0;
	snprintf(to, size, "%s+0x%x", name, q->address - q->value);
}
