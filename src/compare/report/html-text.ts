const ENTITIES: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
	"'": "&#39;",
};

/** Markup that is known to be well-formed. */
export class Markup {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

type Value = Markup | string | number | readonly Markup[];

/** Returns the markup of a template. Strings and numbers in it are escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
	return new Markup(parts.map((part, i) => part + (i < values.length ? asText(values[i]!) : "")).join(""));
}

function asText(value: Value): string {
	if (value instanceof Markup) return value.text;
	if (Array.isArray(value)) return (value as readonly Markup[]).map(({ text }) => text).join("");
	return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Returns the class of a cell with a growth. */
export function growthClass(growth: number): string {
	return growth > 0 ? "grown" : growth < 0 ? "shrunk" : "";
}
