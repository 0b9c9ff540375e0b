package io.winnow.encode;

import io.winnow.data.ImageSource;

/**
 * What decides the weights of an autoencoder.
 *
 * @param images squares of one size
 * @param identity of images and size
 * @param mirrored whether half of the images are mirrored
 * @param seed of every random draw
 */
public record AutoencoderTask(
    ImageSource images, String identity, AutoencoderConfig config, boolean mirrored, long seed) {}
