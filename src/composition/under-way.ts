import type { FrontDoor } from "../server/front-door.ts";

/** A front door that knows when nobody is inside. */
export class RequestsUnderWay {
  readonly frontDoor: FrontDoor;
  #underWay = 0;
  #left = Promise.withResolvers<void>();

  constructor(frontDoor: FrontDoor) {
    const leave = (): void => {
      this.#underWay--;
      if (this.#underWay === 0) this.#leave();
    };
    this.frontDoor = (request) => {
      this.#underWay++;
      const answer = frontDoor(request);
      answer.then(leave, leave);
      return answer;
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
