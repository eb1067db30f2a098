/**
 * What the generated catalogue is made of. Titles follow one grammar, so their nouns are known here: brands, materials and
 * the words of `noun` are nouns, qualities are not.
 */
export interface Department {
  readonly category: string;
  readonly tree: readonly string[];
  readonly kinds: readonly Kind[];
  readonly qualities: readonly string[];
  readonly materials: readonly string[];
  readonly attributes: readonly string[];
  readonly options: Readonly<Record<string, readonly string[]>>;
  readonly prices: readonly [low: number, high: number];
}

export interface Kind {
  readonly query: string;
  readonly leaf: string;
  /** Words of the name of the thing, all nouns. */
  readonly noun: string;
  /** What it is for, a noun. */
  readonly uses: readonly string[];
}

const kind = (noun: string, query: string, leaf: string, ...uses: readonly string[]): Kind => ({
  noun,
  query,
  leaf,
  uses,
});

export const BRANDS = [
  "Alderwick",
  "Brinmoor",
  "Calverly",
  "Dunmarsh",
  "Elsbeck",
  "Farrowby",
  "Glenholt",
  "Harkmere",
  "Iverstone",
  "Jorvale",
  "Kestrelby",
  "Lindenrow",
  "Mossgate",
  "Norwick",
  "Oakhurst",
  "Pellbrook",
  "Quillon",
  "Rathmore",
  "Selwick",
  "Thornby",
] as const;

export const DEPARTMENTS: readonly Department[] = [
  {
    category: "kitchen",
    tree: ["Kitchen & Table", "Tools"],
    kinds: [
      kind("Bread Box", "bread boxes", "Bread Storage", "Pantry", "Bakery"),
      kind("Tea Kettle", "tea kettles", "Kettles", "Stove", "Campsite"),
      kind("Spice Rack", "spice racks", "Racks", "Cabinet", "Wall"),
      kind("Cutting Board", "cutting boards", "Boards", "Cheese", "Vegetables"),
      kind("Coffee Grinder", "coffee grinders", "Grinders", "Espresso", "Office"),
      kind("Soup Bowl", "soup bowls", "Bowls", "Breakfast", "Guests"),
    ],
    qualities: ["Stackable", "Handmade", "Narrow", "Heavy", "Glossy", "Foldable"],
    materials: ["Bamboo", "Steel", "Ceramic", "Walnut", "Glass"],
    attributes: [
      "dishwasher safe",
      "easy clean",
      "rust resistant",
      "space saving",
      "food safe",
      "heat resistant",
      "hand polished",
      "drip free",
    ],
    options: {
      finish: ["matte sand", "slate gray", "forest green", "cream white", "cobalt blue"],
      capacity: ["1 liter", "2 liter", "3 liter", "5 liter"],
    },
    prices: [8, 140],
  },
  {
    category: "clothing",
    tree: ["Clothing & Shoes", "Everyday"],
    kinds: [
      kind("Rain Jacket", "rain jackets", "Jackets", "Hiking", "Commute"),
      kind("Wool Cardigan", "cardigans", "Knitwear", "Winter", "Office"),
      kind("Canvas Sneakers", "canvas sneakers", "Shoes", "Summer", "Travel"),
      kind("Linen Shirt", "linen shirts", "Shirts", "Beach", "Dinner"),
      kind("Sun Hat", "sun hats", "Hats", "Garden", "Boat"),
      kind("Trail Socks", "trail socks", "Socks", "Running", "Camp"),
    ],
    qualities: ["Breathable", "Loose", "Striped", "Quilted", "Reversible", "Lightweight"],
    materials: ["Cotton", "Linen", "Fleece", "Denim", "Merino"],
    attributes: [
      "machine washable",
      "quick drying",
      "slim cut",
      "long sleeve",
      "elastic waist",
      "wind proof",
      "button front",
      "fade resistant",
    ],
    options: {
      color: ["burnt orange", "ash gray", "ink blue", "moss green", "plum", "ivory"],
      size: ["x-small", "small", "medium", "large", "x-large"],
      fit: ["regular cut", "tall cut", "petite cut"],
    },
    prices: [12, 180],
  },
  {
    category: "office",
    tree: ["Office & School", "Supplies"],
    kinds: [
      kind("Desk Lamp", "desk lamps", "Lamps", "Reading", "Workshop"),
      kind("Standing Desk", "standing desks", "Desks", "Studio", "Bedroom"),
      kind("File Cabinet", "file cabinets", "Cabinets", "Archive", "Hallway"),
      kind("Fountain Pen", "fountain pens", "Pens", "Letters", "Drawing"),
      kind("Paper Shredder", "paper shredders", "Shredders", "Mail", "Receipts"),
      kind("Whiteboard Easel", "whiteboard easels", "Boards", "Classroom", "Meeting"),
    ],
    qualities: ["Adjustable", "Compact", "Quiet", "Magnetic", "Sturdy", "Dimmable"],
    materials: ["Oak", "Aluminum", "Brass", "Cork", "Plastic"],
    attributes: [
      "easy assembly",
      "height adjustable",
      "cable management",
      "non slip",
      "energy saving",
      "scratch resistant",
      "low noise",
      "refillable ink",
    ],
    options: {
      tone: ["graphite", "pearl", "amber", "navy", "rosewood"],
      width: ["30 inch", "40 inch", "48 inch", "60 inch"],
    },
    prices: [15, 420],
  },
  {
    category: "outdoors",
    tree: ["Sports & Outdoors", "Gear"],
    kinds: [
      kind("Camp Stove", "camp stoves", "Stoves", "Canoe", "Summit"),
      kind("Dry Bag", "dry bags", "Bags", "Kayak", "Raft"),
      kind("Trekking Poles", "trekking poles", "Poles", "Mountain", "Snow"),
      kind("Bike Pump", "bike pumps", "Pumps", "Gravel", "Garage"),
      kind("Sleeping Pad", "sleeping pads", "Pads", "Tent", "Hammock"),
      kind("Head Torch", "head torches", "Torches", "Cave", "Night"),
    ],
    qualities: ["Inflatable", "Rugged", "Waterproof", "Telescopic", "Packable", "Bright"],
    materials: ["Nylon", "Titanium", "Carbon", "Rubber", "Canvas"],
    attributes: [
      "water resistant",
      "light weight",
      "tear resistant",
      "quick release",
      "rechargeable battery",
      "anti shock",
      "easy carry",
      "insulated core",
    ],
    options: {
      shade: ["signal red", "lichen", "storm gray", "sun yellow"],
      length: ["short 110 cm", "standard 125 cm", "long 140 cm"],
      bundle: ["single piece", "pair", "family pack of 4"],
    },
    prices: [10, 260],
  },
  {
    category: "pantry",
    tree: ["Food & Drink", "Dry Goods"],
    kinds: [
      kind("Oat Crackers", "oat crackers", "Crackers", "Picnic", "Lunchbox"),
      kind("Herbal Tea", "herbal teas", "Teas", "Evening", "Gift"),
      kind("Fig Jam", "fig jams", "Spreads", "Toast", "Cheese"),
      kind("Trail Mix", "trail mixes", "Snacks", "School", "Hike"),
      kind("Lentil Soup", "lentil soups", "Soups", "Winter", "Pantry"),
      kind("Cocoa Powder", "cocoa powders", "Baking", "Cake", "Breakfast"),
    ],
    qualities: ["Organic", "Roasted", "Unsweetened", "Crunchy", "Smoky", "Mild"],
    materials: ["Almond", "Ginger", "Barley", "Honey", "Cinnamon"],
    attributes: [
      "gluten free",
      "low sodium",
      "high fiber",
      "plant based",
      "nut free",
      "no preservatives",
      "fair trade",
      "resealable pouch",
    ],
    options: {
      flavor: ["sea salt", "maple", "lemon zest", "dark cherry", "rosemary"],
      amount: ["6 ounce", "12 ounce", "24 ounce"],
    },
    prices: [4, 60],
  },
];
