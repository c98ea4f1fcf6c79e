// What a program did that is its own fault, said in words of ours. Other errors are said by their class and their place.

export class Refused extends Error {}
