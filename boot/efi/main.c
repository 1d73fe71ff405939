/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI loader: reads what the configuration file names and starts the hypervisor with it. */
#include "boot/efi/config.h"
#include "boot/efi/files.h"
#include "boot/efi/firmware.h"
#include "boot/efi/handoff.h"
#include "boot/efi/info.h"
#include "boot/efi/kernel.h"
#include "boot/efi/memory.h"
#include "boot/efi/screen.h"
#include "boot/multiboot2_tags.h"
#include "core/lib.h"

#define LOADER_NAME ("Gatehouse's EFI loader, " LOADER_BITS " bits")

/* Beside the lines of the file, all of which fit into the block. */
#define INFO_OTHER_BYTES  KIB(1)
#define INFO_MODULE_BYTES 32u

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

static struct config config;

/* How much the file's lines may need in the block. */
static uint32_t config_bytes;

static void read_config(void)
{
	static char why[256];
	struct file f = files_read(FILES_CONFIG);

	if (config_parse(&config, f.data, f.bytes, why, sizeof(why)) != 0)
		give_up("%s: %s", FILES_CONFIG, why);
	config_bytes = f.bytes;
}

static void show_menu(void)
{
	say("\n");
	for (unsigned i = 0; i < config.entry_count; i++)
		say(" %c %u  %s\n", i == config.default_entry ? '*' : ' ', i + 1,
		    config.entries[i].title);
	say("\n1 to %u starts an entry, Enter the one with the star, Esc goes back to the "
	    "firmware.\n",
	    config.entry_count);
}

/* The entry to boot: the default one, unless a key stops the count and another one chooses. */
static const struct config_entry *choose(void)
{
	unsigned key = KEY_NONE, left = config.timeout_s;

	if (config.timeout_s == 0)
		return &config.entries[config.default_entry];
	show_menu();
	for (; left && key == KEY_NONE; left--) {
		say("\rStarting in %u s ", left);
		key = wait_key(1);
	}
	say("\r                    \r");
	while (key != KEY_NONE && key != KEY_ENTER) {
		if (key >= '1' && key - '1' < config.entry_count)
			return &config.entries[key - '1'];
		if (key == KEY_ESCAPE)
			go_back(EFI_ABORTED);
		key = wait_key(CONFIG_MAX_TIMEOUT_S);
		if (key == KEY_NONE)
			key = KEY_OTHER;
	}
	return &config.entries[config.default_entry];
}

/* The hypervisor's image as it has to be in memory, but elsewhere; *kernel says where. */
static void *read_kernel(struct kernel *kernel, const char *path)
{
	struct file f = files_read(path);
	const char *why = kernel_check(kernel, f.data, f.bytes);
	void *image;

	if (why)
		give_up("the hypervisor's file, %s, %s", path, why);
	memory_keep_free(kernel);
	image = memory_take(kernel->bytes, path);
	kernel_lay_out(kernel, f.data, image);
	return image;
}

static hpa_t address(const void *p)
{
	return (hpa_t)(uintptr_t)p;
}

static void begin_info(struct info_block *info, unsigned modules)
{
	uint32_t bytes = INFO_OTHER_BYTES + config_bytes + modules * INFO_MODULE_BYTES +
			 INFO_MAP_MAX_ENTRIES * INFO_MAP_ENTRY_BYTES;

	info_begin(info, memory_take(bytes, "the information block"), bytes);
	info_add_string(info, TAG_LOADER_NAME, LOADER_NAME);
}

static void add_modules(struct info_block *info, const struct config_entry *entry)
{
	for (unsigned i = 0; i < entry->module_count; i++) {
		const struct config_file *m = &config.modules[entry->first_module + i];
		struct file f = files_read(m->path);

		info_add_module(info, address(f.data), address(f.data) + f.bytes, m->words);
	}
}

static void add_rsdp(struct info_block *info)
{
	static const struct {
		EFI_GUID guid;
		uint32_t tag, bytes;
	} kinds[] = {
		{ACPI_20_TABLE_GUID, TAG_ACPI_NEW, 36},
		{ACPI_TABLE_GUID, TAG_ACPI_OLD, 20},
	};

	for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++)
		for (UINTN i = 0; i < firmware_system->NumberOfTableEntries; i++) {
			const EFI_CONFIGURATION_TABLE *t = &firmware_system->ConfigurationTable[i];

			if (memcmp(&t->VendorGuid, &kinds[k].guid, sizeof(t->VendorGuid)) == 0)
				info_add_copy(info, kinds[k].tag, t->VendorTable, kinds[k].bytes);
		}
}

static void add_screen(struct info_block *info)
{
	struct boot_framebuffer fb = {0};

	if (screen_set(&fb, config.width, config.height))
		info_add_framebuffer(info, &fb);
	else
		say("There is no screen that the hypervisor can write to; see the serial line.\n");
}

static void NORETURN boot(const struct config_entry *entry)
{
	struct firmware_map map;
	struct info_block info;
	struct kernel kernel;
	const void *image;
	void *code;

	say("%s: starting \"%s\"\n", LOADER_NAME, entry->title);
	image = read_kernel(&kernel, entry->hypervisor.path);
	begin_info(&info, entry->module_count);
	info_add_string(&info, TAG_CMDLINE, entry->hypervisor.words);
	add_modules(&info, entry);
	add_rsdp(&info);
	info_add_copy(&info, sizeof(void *) == 8 ? TAG_EFI_64 : TAG_EFI_32, &firmware_system,
		      sizeof(firmware_system));
	code = memory_take_code();
	memcpy(code, handoff_code, handoff_bytes);
	memory_prepare(&kernel);
	add_screen(&info);
	memory_leave_firmware(&map);
	info_add_memory_map(&info, &map);
	info_end(&info);
	((handoff_fn *)code)(kernel.base, address(image), kernel.bytes, kernel.entry,
			     address(info.base));
	__builtin_unreachable();
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	firmware_init(image, system);
	files_open();
	read_config();
	boot(choose());
}
