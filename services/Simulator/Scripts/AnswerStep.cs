using System.Text.Json;

namespace GrokForge.Simulator.Scripts;

/// <summary>Writes one object of the answer stream, with the ids of the request it answers.</summary>
internal delegate void WriteEvent(Utf8JsonWriter json, AnswerIds ids);

/// <summary>One thing the upstream does while it answers; a script is a list of them.</summary>
internal abstract record AnswerStep;

/// <summary>One JSON object of the stream, framed as the answer says.</summary>
/// <param name="Write">Writes the object.</param>
/// <param name="Answers">The object carries a part of the answer: from here on the request counts as served.</param>
/// <param name="Last">A client may take this object for the end: the request leaves the in-flight count before it is sent.</param>
internal sealed record EventStep(WriteEvent Write, bool Answers, bool Last) : AnswerStep;

/// <summary>Bytes sent as they are, without framing: malformed objects, comments, error bodies.</summary>
internal sealed record RawStep(ReadOnlyMemory<byte> Bytes) : AnswerStep;

/// <summary>Nothing for a while.</summary>
internal sealed record PauseStep(TimeSpan Length) : AnswerStep;

/// <summary>Nothing until a test opens the named gate.</summary>
internal sealed record HoldStep(string Gate) : AnswerStep;

/// <summary>Nothing more, ever: the connection stays open until the client leaves.</summary>
internal sealed record StallStep : AnswerStep;

/// <summary>The connection ends in the middle of the answer.</summary>
/// <param name="Reset">True aborts at once, so that bytes just sent may be lost; false closes after everything sent has left.</param>
internal sealed record DropStep(bool Reset) : AnswerStep;
