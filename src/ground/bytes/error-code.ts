/** Returns the `code` of an error: of the system (`ENOENT`) or of pvpkg (`ERR_FILE`); undefined where it has none. */
export function errorCode(error: unknown): string | undefined {
	if (!(error instanceof Error) || !("code" in error)) return undefined;
	return typeof error.code === "string" ? error.code : undefined;
}
