import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import ts from "typescript-api";

/** A name that people outside import. */
export interface ApiName {
	readonly name: string;
	readonly kind: "function" | "class" | "value" | "type";
	/** Its comment: description, then tags such as `throws`. */
	readonly text: string;
	readonly tags: readonly { readonly name: string; readonly text: string }[];
	/** The declarations as the compiler emits them, with the comments of members. */
	readonly declaration: string;
}

/** A place that people outside import from. */
export interface ApiEntry {
	/** `pvpkg/registry` */
	readonly specifier: string;
	/** What its file says of itself. */
	readonly text: string;
	/** Functions, classes, values, types; each group by name. */
	readonly names: readonly ApiName[];
}

/** The library as package.json offers it. */
export interface Api {
	readonly entries: readonly ApiEntry[];
	/** Types that declarations mention, and no place exports: `Name, in Mentioning`. */
	readonly forgotten: readonly string[];
}

const KINDS = ["function", "class", "value", "type"] as const;

/** Reads the declarations that the compiler emitted for every place in the exports of package.json. */
export function readApi(): Api {
	const { exports } = JSON.parse(readFileSync("package.json", "utf8"));
	const files = Object.entries(exports as Record<string, string | { readonly types: string }>).flatMap(
		([path, target]) =>
			typeof target === "string" ? [] : [[path.replace(".", "pvpkg"), resolve(target.types)] as const],
	);
	const program = ts.createProgram(
		files.map(([, file]) => file),
		{ module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, types: ["node"], skipLibCheck: true },
	);
	const checker = program.getTypeChecker();
	const symbolsOf = (file: string): ts.Symbol[] =>
		checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
	const known = new Set(
		files.flatMap(([, file]) => symbolsOf(file).map((symbol) => target(checker, symbol))),
	);
	const forgotten = new Set<string>();
	const entries = files.map(([specifier, file]) => {
		const names = symbolsOf(file).map((symbol) => describeName(checker, symbol));
		for (const symbol of symbolsOf(file)) addForgotten(checker, target(checker, symbol), known, forgotten);
		const order = (a: ApiName, b: ApiName): number =>
			KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (a.name < b.name ? -1 : 1);
		return { specifier, text: introduction(file), names: names.sort(order) };
	});
	return { entries, forgotten: [...forgotten].sort() };
}

/** What an exported name stands for. */
function target(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
	return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function describeName(checker: ts.TypeChecker, exported: ts.Symbol): ApiName {
	const symbol = target(checker, exported);
	const declarations = symbol.getDeclarations() ?? [];
	const codes = codesOf(checker, symbol);
	const plain = (parts: ts.SymbolDisplayPart[] | undefined): string => ts.displayPartsToString(parts);
	return {
		name: exported.getName(),
		kind: kindOf(symbol),
		text: plain(symbol.getDocumentationComment(checker)),
		tags: symbol.getJsDocTags(checker).map(({ name, text }) => ({ name, text: plain(text) })),
		declaration: codes ?? [...new Set(declarations.map(declarationText))].join("\n"),
	};
}

/** A type of codes, each in a line: as it was written it only names a table. */
function codesOf(checker: ts.TypeChecker, symbol: ts.Symbol): string | undefined {
	if (!/ErrorCode$/.test(symbol.getName())) return undefined;
	const type = checker.getDeclaredTypeOfSymbol(symbol);
	const members = type.isUnion() ? type.types : [type];
	const codes = members.map((member) => checker.typeToString(member)).sort();
	return `type ${symbol.getName()} =\n${codes.map((code) => `\t| ${code}`).join("\n")};`;
}

function kindOf({ flags }: ts.Symbol): ApiName["kind"] {
	if (flags & ts.SymbolFlags.Function) return "function";
	if (flags & ts.SymbolFlags.Class) return "class";
	return flags & ts.SymbolFlags.Variable ? "value" : "type";
}

/** A declaration without `export declare` and without private members. */
function declarationText(declaration: ts.Declaration): string {
	const whole = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
	const lines = whole.getText().split("\n");
	const isPrivate = (line: string): boolean => /^ {4}(#private|private constructor)\b/.test(line);
	const shown = lines.filter((line) => !isPrivate(line)).map((line) => line.replace(/^( {4})+/, indent));
	return shown.join("\n").replace(/^export (declare )?/, "");
}

const indent = (spaces: string): string => "\t".repeat(spaces.length / 4);

/** Collects the types of ours that a declaration mentions and that nobody outside can name. */
function addForgotten(
	checker: ts.TypeChecker,
	symbol: ts.Symbol,
	known: ReadonlySet<ts.Symbol>,
	forgotten: Set<string>,
): void {
	const visit = (node: ts.Node): void => {
		if (isPrivateMember(node)) return;
		const name = typeName(node);
		const found = name && checker.getSymbolAtLocation(name);
		const meant = found && target(checker, found);
		if (meant && isOurs(meant) && !known.has(meant)) {
			forgotten.add(`${meant.getName()}, in ${symbol.getName()}`);
		}
		ts.forEachChild(node, visit);
	};
	if (codesOf(checker, symbol) !== undefined) return;
	for (const declaration of symbol.getDeclarations() ?? []) visit(declaration);
}

function isPrivateMember(node: ts.Node): boolean {
	if (!ts.isClassElement(node)) return false;
	const isMarked = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(isPrivateKeyword);
	return isMarked === true || (node.name !== undefined && ts.isPrivateIdentifier(node.name));
}

function isPrivateKeyword({ kind }: ts.Modifier): boolean {
	return kind === ts.SyntaxKind.PrivateKeyword;
}

function typeName(node: ts.Node): ts.Node | undefined {
	if (ts.isTypeReferenceNode(node)) return node.typeName;
	if (ts.isExpressionWithTypeArguments(node)) return node.expression;
	return ts.isTypeQueryNode(node) ? node.exprName : undefined;
}

function isOurs(symbol: ts.Symbol): boolean {
	const isTypeParameter = (symbol.flags & ts.SymbolFlags.TypeParameter) !== 0;
	const files = (symbol.getDeclarations() ?? []).map((declaration) => declaration.getSourceFile().fileName);
	return !isTypeParameter && files.some((file) => file.includes("/dist/src/"));
}

/** The comment at the head of the module: the compiler does not keep it. */
function introduction(file: string): string {
	const source = file.replace("/dist/src/", "/src/").replace(/\.d\.ts$/, ".ts");
	const head = readFileSync(source, "utf8").split("\n\n")[0]!;
	const text = head.replace(/^\/\/ ?/gm, "").replace(/^pvpkg\/\w+: /, "");
	return text[0]!.toUpperCase() + text.slice(1);
}
