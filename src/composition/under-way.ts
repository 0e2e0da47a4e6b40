import type { FrontDoor } from "../server/front-door.ts";

/** A front door that knows when nobody is inside. */
export class RequestsUnderWay {
  readonly frontDoor: FrontDoor;
  #underWay = 0;
  #left = Promise.withResolvers<void>();

  constructor(frontDoor: FrontDoor) {
    this.frontDoor = async (request) => {
      this.#underWay++;
      try {
        return await frontDoor(request);
      } finally {
        this.#underWay--;
        if (this.#underWay === 0) this.#leave();
      }
    };
  }

  async idle(): Promise<void> {
    while (this.#underWay > 0) await this.#left.promise;
  }

  #leave(): void {
    this.#left.resolve();
    this.#left = Promise.withResolvers();
  }
}
