#!/usr/bin/env node
console.log("tulle")
