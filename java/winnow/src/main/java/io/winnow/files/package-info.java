/**
 * Files that are complete or absent: atomic writes and content hashes. The bottom room, below every
 * other; imports nothing of Winnow.
 */
package io.winnow.files;
