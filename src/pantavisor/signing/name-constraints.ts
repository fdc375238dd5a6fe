import type { CertificateFields, GeneralName, NameConstraints } from "./certificate-fields.js";
import { type DerValue, readDer, readFirst } from "./der.js";

const [MAIL, DNS, DIRECTORY, URI, ADDRESS] = [1, 2, 4, 6, 7] as const;
const [T61_STRING, BMP_STRING] = [0x14, 0x1e] as const;
const MAIL_ATTRIBUTE = Buffer.from("06092a864886f70d010901", "hex");

/**
 * Returns which name of a certificate breaks the constraints of an authority above it (RFC 5280, 4.2.1.10);
 * undefined if all names comply. A constrained name of a kind that is not understood breaks them.
 */
export function brokenConstraint(
	fields: CertificateFields,
	constraints: NameConstraints,
): string | undefined {
	for (const name of namesOf(fields)) {
		const own = (list: readonly GeneralName[]): GeneralName[] =>
			list.filter(({ kind }) => kind === name.kind);
		const [permitted, excluded] = [own(constraints.permitted), own(constraints.excluded)];
		if (permitted.length + excluded.length === 0) continue;
		if (excluded.some((base) => isWithin(name, base) !== false)) return `${show(name)} is excluded`;
		if (permitted.length > 0 && !permitted.some((base) => isWithin(name, base) === true))
			return `${show(name)} is not permitted`;
	}
	return undefined;
}

/** Returns the names of a certificate: the subject, mail addresses in it, and all alternative names. */
function namesOf({ subject, alternativeNames }: CertificateFields): GeneralName[] {
	const rdns = readDer(readFirst(subject).content);
	const own: GeneralName[] = rdns.length > 0 ? [{ kind: DIRECTORY, content: subject }] : [];
	const mails = rdns
		.flatMap(({ content }) => readDer(content))
		.filter(({ content }) => Buffer.from(content.subarray(0, MAIL_ATTRIBUTE.length)).equals(MAIL_ATTRIBUTE))
		.map(({ content }) => ({ kind: MAIL, content: readDer(content)[1]?.content ?? new Uint8Array() }));
	return [...own, ...mails, ...alternativeNames];
}

/** Returns whether a name is within a subtree; undefined for a kind that is not understood. */
function isWithin(name: GeneralName, base: GeneralName): boolean | undefined {
	const [text, limit] = [name, base].map(({ content }) =>
		Buffer.from(content).toString("latin1").toLowerCase(),
	) as [string, string];
	switch (name.kind) {
		case DIRECTORY:
			return isBelow(name.content, base.content);
		case DNS:
			return limit === "" || text === limit || text.endsWith(limit.startsWith(".") ? limit : `.${limit}`);
		case MAIL:
			return isMailWithin(text, limit);
		case URI:
			return isHostWithin(hostOf(text), limit);
		case ADDRESS:
			return isAddressWithin(name.content, base.content);
		default:
			return undefined;
	}
}

/**
 * Returns whether a mail address is within a limit: a whole address, a host, or a dot with a domain for all hosts
 * below it.
 */
function isMailWithin(mail: string, limit: string): boolean {
	if (limit.includes("@")) return mail === limit;
	return isHostWithin(mail.slice(mail.lastIndexOf("@") + 1), limit);
}

function isHostWithin(host: string, limit: string): boolean {
	return limit.startsWith(".") ? host.endsWith(limit) : host === limit;
}

function hostOf(uri: string): string {
	const authority = uri.split("://")[1]?.split(/[/?#]/, 1)[0] ?? "";
	return authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "");
}

/** Returns whether an address is in a network, which is given with its mask. */
function isAddressWithin(address: Uint8Array, network: Uint8Array): boolean {
	if (network.length !== 2 * address.length) return false;
	return address.every((byte, i) => ((byte ^ network[i]!) & network[address.length + i]!) === 0);
}

/** Returns whether a distinguished name begins with all parts of another one. */
function isBelow(name: Uint8Array, base: Uint8Array): boolean {
	const [parts, limit] = [name, base].map(partsOf) as [string[], string[]];
	return limit.length <= parts.length && limit.every((part, i) => part === parts[i]);
}

/** Returns the relative parts of a name, with letters and blanks normalized as RFC 5280, 7.1 compares them. */
function partsOf(name: Uint8Array): string[] {
	return readDer(readFirst(name).content).map(({ content }) =>
		readDer(content)
			.map((attribute) => {
				const [type, value] = readDer(attribute.content);
				const text = textOf(value).trim().toLowerCase().replace(/\s+/g, " ");
				return `${Buffer.from(type?.content ?? []).toString("hex")}=${text}`;
			})
			.sort()
			.join("+"),
	);
}

/** Returns the text of a name, which may be encoded in several kinds of strings. */
function textOf(value: DerValue | undefined): string {
	const bytes = Buffer.from(value?.content ?? []);
	if (value?.tag === BMP_STRING && bytes.length % 2 === 0) return bytes.swap16().toString("utf16le");
	return bytes.toString(value?.tag === T61_STRING ? "latin1" : "utf8");
}

function show({ kind, content }: GeneralName): string {
	if (kind === DIRECTORY) return "its subject";
	if (kind === ADDRESS) return `the address ${[...content].join(".")}`;
	return `the name ${JSON.stringify(Buffer.from(content).toString("latin1").slice(0, 100))}`;
}
