import type { Finding } from "../../ground/findings/index.js";

export type { Finding };

export function error(code: string, subject: string, message: string): Finding {
	return { severity: "error", code, subject, message };
}

export function warning(code: string, subject: string, message: string): Finding {
	return { severity: "warning", code, subject, message };
}
