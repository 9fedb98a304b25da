namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>How far a block has come with its last byte.</summary>
internal enum BlockProgress
{
    More,

    /// <summary>The byte ended the block.</summary>
    Complete,

    /// <summary>The byte cannot stand there: the rest is to be held and mended.</summary>
    Refused,

    /// <summary>This is no call, whatever follows.</summary>
    NoCall,
}

/// <summary>One block of call syntax while it arrives: sends what is sure, and mends its rest where it breaks.</summary>
internal abstract class CallBlock(CallOutput output)
{
    protected CallOutput Output => output;

    /// <summary>Whether a call has begun, so that the block cannot become text any more.</summary>
    public bool HasCalled { get; protected set; }

    /// <summary>Whether the end tag was seen inside a string, where it is either text or the end of a string that lost its quote.</summary>
    public virtual bool IsMarked => false;

    /// <summary>After mending: what stands behind the last call and is none.</summary>
    public byte[] Behind { get; private set; } = [];

    /// <summary>Bytes visited while mending.</summary>
    public long Visited { get; protected set; }

    public abstract BlockProgress Accept(byte b);

    /// <summary>Ends the block as well as can be: <paramref name="rest"/> is what came from the refused byte on.</summary>
    /// <param name="whole">Whether an end tag followed, so that nothing was cut off.</param>
    /// <returns>Whether a call came of the block.</returns>
    public abstract bool Mend(ReadOnlySpan<byte> rest, bool whole);

    /// <summary>Makes calls of every object in a broken text that names a declared tool.</summary>
    protected void MendCalls(ReadOnlySpan<byte> text, bool whole)
    {
        while (!text.IsEmpty)
        {
            var json = new Bytes();
            var repair = new JsonRepair(text, json, whole, quoted: false);
            if (!repair.TryMend(out var consumed))
            {
                Behind = text.ToArray();
                return;
            }

            Visited += repair.Visited;
            foreach (var call in CallReading.Read(json.Span))
            {
                if (Output.Tools.Find(call.Name) is { } tool)
                    Emit(tool, CallReading.ArgumentsOf(call, tool) ?? [.. "{}"u8]);
                else if (HasCalled)
                    Output.Say(call.Raw);
            }
            text = text[consumed..];
        }
    }

    protected void Emit(DeclaredTool tool, ReadOnlySpan<byte> arguments)
    {
        HasCalled = true;
        Output.Emit(tool, arguments);
    }
}
