// The script of the report's page: it adds a map and a search to the tables of the static page.
import { type Leaf, type Platform, readData } from "./data.js";
import { element } from "./dom.js";
import { sortPackages } from "./packages.js";
import { FileTable } from "./table.js";
import { buildTree } from "./tree.js";
import { Treemap } from "./treemap.js";

/** Milliseconds after the last key before the search begins. */
const PAUSE = 120;

/** Makes the section of one platform work. It is called when the section is shown first. */
function openSection(section: HTMLElement, { leaves, compared }: Platform): void {
	const search = element("input", {
		type: "search",
		placeholder: "Search files",
		"aria-label": "Search files",
		spellcheck: "false",
	});
	const onlyChanges = element("input", { type: "checkbox" });
	const table = new FileTable(leaves, compared, (path) => {
		map.reveal(path);
		map.element.scrollIntoView({ block: "nearest" });
	});
	let below = "";
	const update = (): void => {
		const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
		const wanted = (leaf: Leaf): boolean =>
			words.every((word) => leaf.lower.includes(word)) && (leaf.change !== undefined || !onlyChanges.checked);
		map.highlight(wanted);
		table.filter((leaf) => wanted(leaf) && leaf.path.startsWith(below));
	};
	const map = new Treemap(buildTree(leaves), compared, ({ path }) => {
		below = path === "" ? "" : `${path}/`;
		update();
	});
	let timer = 0;
	search.addEventListener("input", () => {
		window.clearTimeout(timer);
		timer = window.setTimeout(update, PAUSE);
	});
	onlyChanges.addEventListener("change", update);
	const choice = compared ? [element("label", {}, onlyChanges, "only what differs")] : [];
	section.querySelector(".map-place")!.append(map.element);
	for (const packages of section.querySelectorAll<HTMLTableElement>("table.packages")) sortPackages(packages);
	section.querySelector(".static-note")?.remove();
	section
		.querySelector(".table-place")!
		.replaceChildren(element("div", { class: "tools" }, search, ...choice), table.element);
	update();
}

function start(): void {
	const platforms = readData(document.getElementById("data")!.textContent!);
	const sections = [...document.querySelectorAll<HTMLElement>("section.platform")];
	const opened = new Set<number>();
	const show = (chosen: number): void => {
		for (const [i, section] of sections.entries()) section.hidden = i !== chosen;
		for (const [i, button] of buttons.entries()) button.setAttribute("aria-pressed", String(i === chosen));
		if (!opened.has(chosen)) openSection(sections[chosen]!, platforms[chosen]!);
		opened.add(chosen);
	};
	const buttons = sections.map((section, i) => {
		const button = element("button", { type: "button" }, section.dataset.name ?? "");
		button.addEventListener("click", () => show(i));
		return button;
	});
	if (buttons.length > 1) document.getElementById("platforms")!.append(...buttons);
	document.documentElement.classList.add("live");
	if (sections.length > 0) show(0);
	// A mark for those who measure loading, in the browser's own tools or with bench/page.
	performance.mark("drawn");
}

start();
