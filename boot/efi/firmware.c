/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware as the loader sees it: its tables, text for the user, keys, and giving up. */
#include "boot/efi/firmware.h"

#include "core/lib.h"

#define TEXT_BYTES     1024
#define MAX_SERIAL     8
#define WAIT_STEP_US   20000
#define STEPS_A_SECOND (1000000 / WAIT_STEP_US)
#define FOR_EVER       0x7FFFFFFFu

EFI_HANDLE firmware_image;
EFI_SYSTEM_TABLE *firmware_system;
EFI_BOOT_SERVICES *firmware_boot;

static EFI_SERIAL_IO_PROTOCOL *serial[MAX_SERIAL];
static unsigned serial_count;

/* A driver that has the line makes a console of it: what is said arrives there anyway. */
static bool is_console(EFI_HANDLE handle, EFI_GUID *guid)
{
	EFI_OPEN_PROTOCOL_INFORMATION_ENTRY *users;
	UINTN count;
	bool found = false;

	if (EFI_ERROR(firmware_boot->OpenProtocolInformation(handle, guid, &users, &count)))
		return false;
	for (UINTN i = 0; i < count; i++)
		if (users[i].Attributes & EFI_OPEN_PROTOCOL_BY_DRIVER)
			found = true;
	firmware_boot->FreePool(users);
	return found;
}

static void find_serial_lines(void)
{
	EFI_GUID guid = EFI_SERIAL_IO_PROTOCOL_GUID;
	EFI_HANDLE *handles;
	UINTN count;

	if (EFI_ERROR(firmware_boot->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles)))
		return;
	for (UINTN i = 0; i < count && serial_count < MAX_SERIAL; i++)
		if (!is_console(handles[i], &guid) &&
		    !EFI_ERROR(firmware_boot->HandleProtocol(handles[i], &guid,
							     (void **)&serial[serial_count])))
			serial_count++;
	firmware_boot->FreePool(handles);
}

void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	firmware_image = image;
	firmware_system = system;
	firmware_boot = system->BootServices;
	firmware_boot->SetWatchdogTimer(0, 0, 0, NULL);
	find_serial_lines();
}

/* text becomes UTF-16 with the line ends that terminals want. */
static void write_text(const char *text)
{
	static CHAR16 wide[2 * TEXT_BYTES];
	static char bytes[2 * TEXT_BYTES];
	UINTN used = 0;

	for (; *text && used < ARRAY_SIZE(wide) - 2; text++) {
		if (*text == '\n')
			bytes[used++] = '\r';
		bytes[used++] = *text;
	}
	for (UINTN i = 0; i < used; i++)
		wide[i] = (unsigned char)bytes[i];
	wide[used] = 0;
	if (firmware_system->ConOut)
		firmware_system->ConOut->OutputString(firmware_system->ConOut, wide);
	for (unsigned i = 0; i < serial_count; i++) {
		UINTN length = used;

		serial[i]->Write(serial[i], &length, bytes);
	}
}

static void say_list(const char *fmt, va_list ap)
{
	static char text[TEXT_BYTES];

	vsnprintf(text, sizeof(text), fmt, ap);
	write_text(text);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_list(fmt, ap);
	va_end(ap);
}

static unsigned read_key(void)
{
	SIMPLE_INPUT_INTERFACE *in = firmware_system->ConIn;
	EFI_INPUT_KEY key;

	if (!in || EFI_ERROR(in->ReadKeyStroke(in, &key)))
		return KEY_NONE;
	if (key.ScanCode == SCAN_ESC)
		return KEY_ESCAPE;
	if (key.UnicodeChar == '\r' || key.UnicodeChar == '\n')
		return KEY_ENTER;
	return key.UnicodeChar > ' ' && key.UnicodeChar < 0x7F ? key.UnicodeChar : KEY_OTHER;
}

unsigned wait_key(unsigned seconds)
{
	for (unsigned step = 0; step / STEPS_A_SECOND < seconds; step++) {
		unsigned key = read_key();

		if (key != KEY_NONE)
			return key;
		firmware_boot->Stall(WAIT_STEP_US);
	}
	return KEY_NONE;
}

void go_back(EFI_STATUS status)
{
	firmware_boot->Exit(firmware_image, status, 0, NULL);
	for (;;) /* only a broken firmware returns */
		firmware_boot->Stall(WAIT_STEP_US);
}

void give_up(const char *fmt, ...)
{
	va_list ap;

	say("\nGatehouse cannot start: ");
	va_start(ap, fmt);
	say_list(fmt, ap);
	va_end(ap);
	say(".\nPress a key to go back to the firmware.\n");
	while (read_key() != KEY_NONE)
		; /* keys from before the message */
	while (wait_key(FOR_EVER) == KEY_NONE)
		;
	go_back(EFI_LOAD_ERROR);
}

const char *status_text(EFI_STATUS status)
{
	switch (status) {
	case EFI_NO_MEDIA:
	case EFI_MEDIA_CHANGED:
		return "the medium is gone";
	case EFI_DEVICE_ERROR:
		return "the device reports an error";
	case EFI_VOLUME_CORRUPTED:
		return "the file system is damaged";
	case EFI_ACCESS_DENIED:
		return "the firmware denies access";
	case EFI_OUT_OF_RESOURCES:
		return "the firmware is out of memory";
	default:
		return "the firmware reports an error";
	}
}
