import { toFloat, toInt } from "../python/builtins.ts";
import { callMethod, itemsOf, join } from "../python/methods.ts";
import {
  add,
  addInPlace,
  contains,
  eq,
  getItem,
  gt,
  iterate,
  le,
  lt,
  mod,
  mul,
  ne,
  setItem,
  sub,
  subInPlace,
  truediv,
  truthy,
} from "../python/operators.ts";
import { PyRandom } from "../python/random.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { Api, type ApiContext, defineApi, type LongContextData } from "./api.ts";

const MAX_FUEL_LEVEL = 50n;
const MIN_FUEL_LEVEL = 0;
const MILE_PER_GALLON = 20;

/** Miles between two zip codes, in either direction. */
const DISTANCES: readonly (readonly [string, string, number])[] = [
  ["83214", "74532", 750],
  ["56108", "62947", 320],
  ["71354", "83462", 450],
  ["47329", "52013", 290],
  ["69238", "51479", 630],
  ["94016", "83214", 980],
  ["94016", "94704", 600],
  ["94704", "08540", 2550],
  ["94016", "08540", 1950],
  ["62947", "47329", 1053],
  ["94016", "62947", 780],
  ["74532", "94016", 880],
];

const ZIP_CODES: Readonly<Record<string, string>> = {
  Rivermist: "83214",
  Stonebrook: "74532",
  Maplecrest: "56108",
  Silverpine: "62947",
  Shadowridge: "71354",
  "Sunset Valley": "83462",
  Oakendale: "47329",
  Willowbend: "52013",
  "Crescent Hollow": "69238",
  Autumnville: "51479",
  "San Francisco": "94016",
};

/** The official vehicle_control.py: one car. Its brake and slope forces are private and not compared. */
export class VehicleControlApi extends Api {
  fuelLevel: PyValue;
  batteryVoltage: PyValue;
  engine_state: PyValue;
  remainingUnlockedDoors: PyValue;
  doorStatus: PyValue;
  acTemperature: PyValue;
  fanSpeed: PyValue;
  acMode: PyValue;
  humidityLevel: PyValue;
  headLightStatus: PyValue;
  parkingBrakeStatus: PyValue;
  brakePedalStatus: PyValue;
  distanceToNextVehicle: PyValue;
  cruiseStatus: PyValue;
  destination: PyValue;
  frontLeftTirePressure: PyValue;
  frontRightTirePressure: PyValue;
  rearLeftTirePressure: PyValue;
  rearRightTirePressure: PyValue;
  long_context: PyValue;
  #parkingBrakeForce: PyValue;
  #slopeAngle: PyValue;
  #brakePedalForce: PyValue;
  readonly #random: PyRandom;
  readonly #long: LongContextData | null;

  constructor(scenario: PyDict, { longContext }: ApiContext) {
    super();
    this.#random = new PyRandom(toInt(scenario.getOr("random_seed", 141053n)));
    this.fuelLevel = scenario.getOr("fuelLevel", 0);
    this.batteryVoltage = scenario.getOr("batteryVoltage", 12.6);
    this.engine_state = scenario.getOr("engineState", "stopped");
    this.doorStatus = scenario.has("doorStatus") ? scenario.getOr("doorStatus", null) : allUnlocked();
    const locked = itemsOf(this.doorStatus).filter(([, status]) => eq(status, "locked")).length;
    this.remainingUnlockedDoors = 4n - BigInt(locked);
    this.acTemperature = scenario.getOr("acTemperature", 25);
    this.fanSpeed = scenario.getOr("fanSpeed", 50n);
    this.acMode = scenario.getOr("acMode", "auto");
    this.humidityLevel = scenario.getOr("humidityLevel", 50);
    this.headLightStatus = scenario.getOr("headLightStatus", "off");
    this.parkingBrakeStatus = scenario.getOr("parkingBrakeStatus", "released");
    this.#parkingBrakeForce = scenario.getOr("parkingBrakeForce", 0);
    this.#slopeAngle = scenario.getOr("slopeAngle", 0);
    this.brakePedalStatus = scenario.getOr("brakePedalStatus", "released");
    this.#brakePedalForce = scenario.getOr("brakePedalForce", 0);
    this.distanceToNextVehicle = scenario.getOr("distanceToNextVehicle", 50);
    this.cruiseStatus = scenario.getOr("cruiseStatus", "inactive");
    this.destination = scenario.getOr("destination", "None");
    this.frontLeftTirePressure = scenario.getOr("frontLeftTirePressure", 32);
    this.frontRightTirePressure = scenario.getOr("frontRightTirePressure", 32);
    this.rearLeftTirePressure = scenario.getOr("rearLeftTirePressure", 30);
    this.rearRightTirePressure = scenario.getOr("rearRightTirePressure", 30);
    this.long_context = longContext !== null;
    this.#long = longContext;
  }

  startEngine(ignitionMode: PyValue): PyValue {
    // STOP takes effect and is then answered as an invalid mode, or by whatever fails before.
    if (eq(ignitionMode, "STOP")) this.engine_state = "stopped";
    if (gt(this.remainingUnlockedDoors, 0n)) {
      const unlocked = itemsOf(this.doorStatus).flatMap(([door, status]) => (eq(status, "unlocked") ? [door] : []));
      const doors = "All doors must be locked before starting the engine. Here are the unlocked doors: ";
      return error(doors + join(", ", unlocked));
    }
    if (ne(this.brakePedalStatus, "pressed")) return error("Brake pedal needs to be pressed when starting the engine.");
    if (ne(this.#brakePedalForce, 1000)) return error("Must press the brake fully before starting the engine.");
    if (lt(this.fuelLevel, MIN_FUEL_LEVEL)) return error("Fuel tank is empty.");
    if (ne(ignitionMode, "START")) return error("Invalid ignition mode.");
    this.engine_state = "running";
    return PyDict.of({
      engineState: this.engine_state,
      fuelLevel: this.fuelLevel,
      batteryVoltage: this.batteryVoltage,
    });
  }

  fillFuelTank(fuelAmount: PyValue): PyValue {
    if (lt(fuelAmount, 0n)) return error("Fuel amount cannot be negative.");
    if (gt(add(this.fuelLevel, fuelAmount), MAX_FUEL_LEVEL)) return error("Cannot fill gas above the tank capacity.");
    if (lt(add(this.fuelLevel, fuelAmount), MIN_FUEL_LEVEL)) {
      return error("Fuel tank is empty. Min fuel level is 0 gallons.");
    }
    this.fuelLevel = addInPlace(this.fuelLevel, fuelAmount);
    return PyDict.of({ fuelLevel: this.fuelLevel });
  }

  lockDoors(unlock: PyValue, door: PyValue): PyValue {
    const lockStatus = truthy(unlock) ? "unlocked" : "locked";
    for (const each of iterate(door)) {
      if (eq(getItem(this.doorStatus, each), lockStatus)) continue;
      setItem(this.doorStatus, each, lockStatus);
      const change = truthy(unlock) ? addInPlace : subInPlace;
      this.remainingUnlockedDoors = change(this.remainingUnlockedDoors, 1n);
    }
    return PyDict.of({ lockStatus, remainingUnlockedDoors: this.remainingUnlockedDoors });
  }

  adjustClimateControl(temperature: PyValue, unit: PyValue, fanSpeed: PyValue, mode: PyValue): PyValue {
    if (!(le(0n, fanSpeed) && le(fanSpeed, 100n))) return error("Fan speed must be between 0 and 100.");
    this.acTemperature = temperature;
    if (eq(unit, "fahrenheit")) this.acTemperature = truediv(mul(sub(temperature, 32n), 5n), 9n);
    this.fanSpeed = fanSpeed;
    this.acMode = mode;
    return PyDict.of({ currentACTemperature: temperature, climateMode: mode, humidityLevel: this.humidityLevel });
  }

  get_outside_temperature_from_google(): PyValue {
    const outsideTemperature = this.#random.uniform(-10, 40);
    if (!this.#long) return PyDict.of({ outsideTemperature });
    const weather = callMethod(this.#extension("LONG_WEATHER_EXTENSION"), "copy");
    setItem(weather, "outsideTemperature", outsideTemperature);
    return weather;
  }

  get_outside_temperature_from_weather_com(): PyValue {
    return PyDict.of({ error: 404n });
  }

  setHeadlights(mode: PyValue): PyValue {
    if (!contains(["on", "off", "auto"], mode)) return error("Invalid headlight mode.");
    this.headLightStatus = eq(mode, "on") ? "on" : "off";
    return PyDict.of({ headlightStatus: this.headLightStatus });
  }

  displayCarStatus(option: PyValue): PyValue {
    const status = new PyDict();
    if (this.#long) status.set("metadata", this.#extension("CAR_STATUS_METADATA_EXTENSION"));
    for (const [name, value] of Object.entries(this.#statusOf(option))) status.set(name, value);
    return status;
  }

  activateParkingBrake(mode: PyValue): PyValue {
    if (!contains(["engage", "release"], mode)) return error("Invalid mode");
    const engaged = eq(mode, "engage");
    this.parkingBrakeStatus = engaged ? "engaged" : "released";
    this.#parkingBrakeForce = engaged ? 500 : 0;
    this.#slopeAngle = 10;
    const result = new PyDict();
    if (this.#long) result.set("parkingBrakeInstruction", this.#extension("PARKING_BRAKE_INSTRUCTION"));
    result.set("parkingBrakeStatus", this.parkingBrakeStatus);
    result.set("_parkingBrakeForce", this.#parkingBrakeForce);
    result.set("_slopeAngle", this.#slopeAngle);
    return result;
  }

  pressBrakePedal(pedalPosition: PyValue): PyValue {
    if (!(le(0n, pedalPosition) && le(pedalPosition, 1n))) return error("Pedal position must be between 0 and 1.");
    if (eq(pedalPosition, 0n)) return this.releaseBrakePedal();
    const force = mul(pedalPosition, 1000n);
    this.brakePedalStatus = "pressed";
    this.#brakePedalForce = force;
    return PyDict.of({ brakePedalStatus: "pressed", brakePedalForce: toFloat(force) });
  }

  releaseBrakePedal(): PyValue {
    this.brakePedalStatus = "released";
    this.#brakePedalForce = 0;
    return PyDict.of({ brakePedalStatus: "released", brakePedalForce: 0 });
  }

  setCruiseControl(given: PyValue, activate: PyValue, distance: PyValue): PyValue {
    const distanceToNextVehicle = toFloat(distance);
    const currentSpeed = toFloat(given);
    if (eq(this.engine_state, "stopped")) return error("Start the engine before activating the cruise control.");
    this.distanceToNextVehicle = distanceToNextVehicle;
    if (truthy(activate)) {
      if (lt(currentSpeed, 0n) || gt(currentSpeed, 120n) || ne(mod(currentSpeed, 5n), 0n))
        return error("Invalid speed");
      this.cruiseStatus = "active";
    } else this.cruiseStatus = "inactive";
    return PyDict.of({ cruiseStatus: this.cruiseStatus, currentSpeed, distanceToNextVehicle });
  }

  get_current_speed(): PyValue {
    return PyDict.of({ currentSpeed: this.#random.uniform(0, 120) });
  }

  display_log(messages: PyValue): PyValue {
    return PyDict.of({ log: messages });
  }

  estimate_drive_feasibility_by_mileage(distance: PyValue): PyValue {
    return PyDict.of({ canDrive: !lt(mul(this.fuelLevel, MILE_PER_GALLON), distance) });
  }

  liter_to_gallon(liter: PyValue): PyValue {
    return PyDict.of({ gallon: mul(liter, 0.264172) });
  }

  gallon_to_liter(gallon: PyValue): PyValue {
    return PyDict.of({ liter: mul(gallon, 3.78541) });
  }

  estimate_distance(cityA: PyValue, cityB: PyValue): PyValue {
    const route = DISTANCES.find(
      ([one, other]) => (cityA === one && cityB === other) || (cityA === other && cityB === one),
    );
    const distance = route ? PyDict.of({ distance: route[2] }) : error("distance not found in database.");
    if (this.#long) distance.set("intermediaryCities", this.#extension("INTERMEDIARY_CITIES"));
    return distance;
  }

  get_zipcode_based_on_city(city: PyValue): PyValue {
    const known = typeof city === "string" && Object.hasOwn(ZIP_CODES, city) ? ZIP_CODES[city] : undefined;
    return PyDict.of({ zipcode: known ?? "00000" });
  }

  set_navigation(destination: PyValue): PyValue {
    this.destination = destination;
    return PyDict.of({ status: add("Navigating to ", destination) });
  }

  check_tire_pressure(): PyValue {
    const { frontLeftTirePressure, frontRightTirePressure, rearLeftTirePressure, rearRightTirePressure } = this;
    const sum = add(
      add(add(frontLeftTirePressure, frontRightTirePressure), rearLeftTirePressure),
      rearRightTirePressure,
    );
    const mean = truediv(sum, 4n);
    return PyDict.of({
      frontLeftTirePressure,
      frontRightTirePressure,
      rearLeftTirePressure,
      rearRightTirePressure,
      healthy_tire_pressure: le(30n, mean) && le(mean, 35n),
      car_info: this.#long ? this.#extension("CAR_STATUS_METADATA_EXTENSION") : new PyDict(),
    });
  }

  find_nearest_tire_shop(): PyValue {
    return PyDict.of({ shopLocation: "456 Oakwood Avenue, Rivermist, 83214" });
  }

  #statusOf(option: PyValue): Record<string, PyValue> {
    switch (option) {
      case "fuel":
        return { fuelLevel: this.fuelLevel };
      case "battery":
        return { batteryVoltage: this.batteryVoltage };
      case "doors":
        return { doorStatus: this.doorStatus };
      case "climate":
        return {
          currentACTemperature: this.acTemperature,
          fanSpeed: this.fanSpeed,
          climateMode: this.acMode,
          humidityLevel: this.humidityLevel,
        };
      case "headlights":
        return { headlightStatus: this.headLightStatus };
      case "parkingBrake":
        return {
          parkingBrakeStatus: this.parkingBrakeStatus,
          parkingBrakeForce: this.#parkingBrakeForce,
          slopeAngle: this.#slopeAngle,
        };
      case "brakePedal":
        return { brakePedalStatus: this.brakePedalStatus, brakePedalForce: this.#brakePedalForce };
      case "engine":
        return { engineState: this.engine_state };
      default:
        return { error: "Invalid option" };
    }
  }

  #extension(name: string): PyValue {
    return this.#long?.get(name) ?? null;
  }
}

function allUnlocked(): PyDict {
  return PyDict.of({ driver: "unlocked", passenger: "unlocked", rear_left: "unlocked", rear_right: "unlocked" });
}

function error(message: string): PyDict {
  return PyDict.of({ error: message });
}

export const vehicleControlApi = defineApi(
  "VehicleControlAPI",
  (scenario, context) => new VehicleControlApi(scenario, context),
  {
    activateParkingBrake: "(mode)",
    adjustClimateControl: "(temperature, unit='celsius', fanSpeed=50, mode='auto')",
    check_tire_pressure: "()",
    displayCarStatus: "(option)",
    display_log: "(messages)",
    estimate_distance: "(cityA, cityB)",
    estimate_drive_feasibility_by_mileage: "(distance)",
    fillFuelTank: "(fuelAmount)",
    find_nearest_tire_shop: "()",
    gallon_to_liter: "(gallon)",
    get_current_speed: "()",
    get_outside_temperature_from_google: "()",
    get_outside_temperature_from_weather_com: "()",
    get_zipcode_based_on_city: "(city)",
    liter_to_gallon: "(liter)",
    lockDoors: "(unlock, door)",
    pressBrakePedal: "(pedalPosition)",
    releaseBrakePedal: "()",
    setCruiseControl: "(speed, activate, distanceToNextVehicle)",
    setHeadlights: "(mode)",
    set_navigation: "(destination)",
    startEngine: "(ignitionMode)",
  },
);
