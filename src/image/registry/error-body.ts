/** A server's description of a failed request. */
interface ServerError {
	readonly code: string | undefined;
	readonly message: string | undefined;
}

/**
 * Returns the message in an error body: `DENIED: no access` from the distribution specification's JSON, or from the
 * XML of storage servers behind registries; `""` for HTML and everything else. The time is linear in the size of
 * the text.
 */
export function parseErrorBody(text: string): string {
	return (xmlError(text) ?? jsonErrors(text))
		.map(({ code, message }) => [code, message].filter(Boolean).join(": "))
		.filter((words) => words !== "")
		.join("; ");
}

/**
 * Parses `<Error><Code>AccessDenied</Code><Message>Access Denied</Message>…`; only the first of each element
 * counts.
 */
function xmlError(text: string): ServerError[] | undefined {
	const start = text.indexOf("<Error>");
	if (start < 0) return undefined;
	const code = elementText(text, "Code", start);
	const message = elementText(text, "Message", start);
	return code === undefined && message === undefined ? undefined : [{ code, message }];
}

function elementText(text: string, name: string, from: number): string | undefined {
	const tag = `<${name}>`;
	const start = text.indexOf(tag, from);
	const end = start < 0 ? -1 : text.indexOf("<", start + tag.length);
	return end < 0 ? undefined : text.slice(start + tag.length, end);
}

function jsonErrors(text: string): ServerError[] {
	try {
		const body = JSON.parse(text) as Record<string, unknown> | null;
		const entries: unknown[] = Array.isArray(body?.errors) ? body.errors : [body];
		return entries.map((entry) => {
			const { code, error, message, error_description, details } = (entry ?? {}) as Record<string, unknown>;
			return {
				code: textOf(code) ?? textOf(error),
				message: textOf(message) ?? textOf(error_description) ?? textOf(details),
			};
		});
	} catch {
		return [];
	}
}

function textOf(value: unknown): string | undefined {
	return typeof value === "string" && value !== "" ? value : undefined;
}
