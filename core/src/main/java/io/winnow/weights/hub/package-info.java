/**
 * Where files of pre-trained weights come from: the catalogue of origins, licences and hashes, and
 * their fetching, which happens only when asked for.
 */
package io.winnow.weights.hub;
