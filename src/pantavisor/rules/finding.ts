/** Something about a package that a device would stumble over (error), or a person should know (warning). */
export interface Finding {
	readonly severity: "error" | "warning";
	/** Stable name, such as `STATE_KEY_PATH`. */
	readonly code: string;
	/** A key of the state, an archive member, or both with a line. */
	readonly subject: string;
	readonly message: string;
}

export function error(code: string, subject: string, message: string): Finding {
	return { severity: "error", code, subject, message };
}

export function warning(code: string, subject: string, message: string): Finding {
	return { severity: "warning", code, subject, message };
}
