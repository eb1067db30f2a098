/** The colours that the original reduces an option to, in the order in which it looks for them. */
const COLORS = (
  "alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy camel camo " +
  "caramel champagne charcoal cheetah chestnut chocolate christmas coffee cognac copper coral cranberry cream crystal " +
  "dark denim eggplant elephant espresso fuchsia gold granite grape graphite grass gray green grey heather indigo ivory " +
  "ivy khaki lavender lemon leopard light lilac lime magenta maroon mauve merlot midnight mint mocha multicolor mushroom " +
  "mustard natural navy nude olive orange peach pewter pink plum purple rainbow red rose royal rust sand sapphire " +
  "seashell silver skull slate steel stone stonewash sunflower tan taupe teal tiger turquoise violet walnut wheat white " +
  "wine yellow"
).split(" ");

/** The first colour that is part of the text ("tan" of "titanium"), or the text. */
export function normalizeColor(text: string): string {
  return COLORS.find((color) => text.includes(color)) ?? text;
}

/** What the original makes of a named option: a colour only where the name or the value is exactly one. */
export function exactColor(name: string, value: string): string | null {
  return COLORS.find((color) => color === name || color === value) ?? null;
}
