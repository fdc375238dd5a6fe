/** An error makes the verdict bad; a note says what only a device's whole state can answer. */
export type Severity = "error" | "warning" | "note";

/** One thing that is checked. Tables of rules are data, from which the documentation is generated. */
export interface Rule {
	/** Stable name, such as `STATE_KEY_PATH`. */
	readonly id: string;
	readonly severity: Severity;
	/** What a device, a kernel or a person suffers when the rule is broken. */
	readonly reason: string;
	/** What to do about it. */
	readonly remedy: string;
}

/** The rules of one area by their ids. */
export type RuleTable<Id extends string> = Readonly<Record<Id, Omit<Rule, "id">>>;

/** A rule that something breaks. */
export interface Finding {
	readonly severity: Severity;
	/** Id of the rule. */
	readonly code: string;
	/** A key of the state, an archive member, or a file with a line. */
	readonly subject: string;
	readonly message: string;
}

/** Makes findings of one table. Without a message the rule's reason is the message. */
export type Finder<Id extends string> = (
	id: Id,
	subject: string,
	message?: string,
	severity?: Severity,
) => Finding;

/** Returns a function that makes findings with the severity of their rule, or with that of the caller. */
export function finder<Id extends string>(table: RuleTable<Id>): Finder<Id> {
	return (code, subject, message = table[code].reason, severity = table[code].severity) => ({
		severity,
		code,
		subject,
		message,
	});
}

/** Returns the rules of tables as a list, in their order. */
export function rulesOf(...tables: readonly RuleTable<string>[]): Rule[] {
	return tables.flatMap((table) => Object.entries(table).map(([id, rule]) => ({ id, ...rule })));
}
