import { type ByteString, displayByteString } from "../../ground/bytes/index.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../../ground/json/index.js";
import type { CatalogContext, Cataloger, Source } from "./cataloger.js";
import type { ComponentDraft } from "./draft.js";
import { type FoundFile, liesIn } from "./found-files.js";
import { objectMember, readJsonObject, textMember } from "./json-manifest.js";

interface InstalledPackage {
	readonly component: ComponentDraft;
	/** Directory of the package: names from the root, joined by slashes. */
	readonly directory: string;
	readonly dependencies: readonly string[];
}

/** A node_modules directory with its packages, and the one that Node searches next. */
interface Scope {
	readonly packages: ReadonlyMap<string, ComponentDraft>;
	readonly outer: Scope | undefined;
}

/**
 * Reads packages of Node: `node_modules/NAME/package.json` and `node_modules/@SCOPE/NAME/package.json`. A deeper
 * package.json is a part of its package, such as a test's fixture.
 */
export class NodeCataloger implements Cataloger {
	readonly #packages: InstalledPackage[] = [];
	/** Packages by the directory above node_modules, then by their directory inside node_modules. */
	readonly #modules: Map<string, Map<string, ComponentDraft>> = new Map();
	readonly #scopes: Map<string, Scope | undefined> = new Map();

	wants(found: FoundFile): boolean {
		if (found.name !== "package.json") return false;
		const { above } = found;
		const isScoped = above.at(-2)?.startsWith("@") ?? false;
		return liesIn({ ...found, above: above.slice(0, isScoped ? -2 : -1) }, "node_modules");
	}

	/** Adds a package. A package.json without name and version only decides how Node loads the files beside it. */
	read({ path, file, above }: Source, { draft }: CatalogContext): void {
		const manifest = readJsonObject(file.content);
		const fullName = textMember(manifest, "name");
		const version = textMember(manifest, "version");
		if (fullName === "" || version === "") return;
		const slash = fullName.startsWith("@") ? fullName.indexOf("/") : -1;
		const component = draft.addOwnable({
			type: "npm",
			namespace: fullName.slice(0, Math.max(0, slash)),
			name: fullName.slice(slash + 1),
			version,
			qualifiers: {},
			path,
			licence: licenceOf(manifest),
		});
		if (component === undefined) return;
		const directory = above.join("/");
		draft.claimDirectory(displayByteString(directory as ByteString), component);
		const fields = ["dependencies", "optionalDependencies", "peerDependencies"];
		const dependencies = fields.flatMap((name) => [...objectMember(manifest, name).keys()]);
		this.#packages.push({ component, directory, dependencies });
		const end = directory.lastIndexOf("node_modules/");
		const home = directory.slice(0, Math.max(0, end - 1));
		const siblings = this.#modules.get(home) ?? new Map<string, ComponentDraft>();
		this.#modules.set(home, siblings.set(directory.slice(end + "node_modules/".length), component));
	}

	finish({ draft }: CatalogContext): void {
		for (const { component, directory, dependencies } of this.#packages) {
			for (const name of dependencies) {
				let scope = this.#scopeOf(directory);
				while (scope !== undefined && !scope.packages.has(name)) scope = scope.outer;
				if (scope !== undefined) draft.require(component, scope.packages.get(name)!);
			}
		}
	}

	/** Returns where Node searches packages for a file in a directory: there first, then in the directories above. */
	#scopeOf(directory: string): Scope | undefined {
		if (this.#scopes.has(directory)) return this.#scopes.get(directory);
		const slash = directory.lastIndexOf("/");
		const outer = directory === "" ? undefined : this.#scopeOf(directory.slice(0, Math.max(0, slash)));
		const packages = this.#modules.get(directory);
		const scope = packages === undefined ? outer : { packages, outer };
		this.#scopes.set(directory, scope);
		return scope;
	}
}

/** Returns the licence: `license`, its old form `{ type }`, or the older `licenses`, a list of alternatives. */
function licenceOf(manifest: JsonObject): string | undefined {
	const licence = licenceName(manifest.get("license"));
	if (licence !== undefined) return licence;
	const licences = manifest.get("licenses");
	if (!Array.isArray(licences)) return undefined;
	const names = licences.slice(0, 16).map(licenceName);
	return names.length > 0 && names.every((name) => name !== undefined) ? names.join(" OR ") : undefined;
}

function licenceName(value: JsonValue | undefined): string | undefined {
	const name = isJsonObject(value) ? value.get("type") : value;
	return typeof name === "string" && name !== "" ? name : undefined;
}
