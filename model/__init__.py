"""The nouns that several rooms share: structs and enums, without input or output. Imports only px6's models."""
