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
    private readonly Bytes _unsaid = new();

    protected CallOutput Output => output;

    /// <summary>Whether a call has begun, so that the block cannot become text any more.</summary>
    public bool HasCalled { get; private set; }

    /// <summary>Whether the end tag was seen inside a string, where it is either text or the end of a string that lost its quote.</summary>
    public virtual bool IsMarked => false;

    /// <summary>After mending: what stands behind the last call and is none.</summary>
    public byte[] Behind { get; private set; } = [];

    /// <summary>Bytes visited while mending.</summary>
    public long Visited { get; protected set; }

    public abstract BlockProgress Accept(byte b);

    /// <summary>Whether what was refused may still become a call. Null: too little of it is there to say.</summary>
    /// <param name="begin">The block up to the refusal.</param>
    /// <param name="rest">What came since.</param>
    public virtual bool? MayBeMended(ReadOnlySpan<byte> begin, ReadOnlySpan<byte> rest) => true;

    /// <summary>Ends the block as well as can be: <paramref name="rest"/> is what came from the refused byte on.</summary>
    /// <param name="whole">Whether an end tag followed, so that nothing was cut off.</param>
    /// <returns>Whether a call came of the block.</returns>
    public abstract bool Mend(ReadOnlySpan<byte> rest, bool whole);

    /// <summary>Makes calls of every object in a broken text that names a declared tool.</summary>
    /// <param name="single">Whether only the first object counts, and only where it gives arguments: nothing but its look says that it is a call.</param>
    protected void MendCalls(ReadOnlySpan<byte> text, bool whole, bool single = false)
    {
        var softEnd = whole ? JsonRepair.WithoutClosers(text) : text.Length;
        while (!text.IsEmpty)
        {
            var json = new Bytes();
            var repair = new JsonRepair(text, json, whole, quoted: false, Math.Max(0, softEnd));
            if (!repair.TryMend(out var consumed))
            {
                Behind = text.ToArray();
                return;
            }

            Visited += repair.Visited;
            foreach (var call in CallReading.Read(json.Span))
            {
                if (Output.Tools.Find(call.Name) is { } tool && (!single || call.Arguments is not null))
                    Emit(tool, CallReading.ArgumentsOf(call, tool) ?? [.. "{}"u8]);
                else
                    NoCall(call.Raw);
            }
            text = text[consumed..];
            softEnd -= consumed;
            if (single)
            {
                Behind = text.ToArray();
                return;
            }
        }
    }

    /// <summary>A call has begun. What was found before it and is none is text in front of it.</summary>
    protected void Called()
    {
        HasCalled = true;
        Output.Say(_unsaid.Span);
        _unsaid.Clear();
    }

    /// <summary>What names no declared tool is text, where the block does not become text as a whole.</summary>
    protected void NoCall(ReadOnlySpan<byte> raw)
    {
        if (HasCalled)
            Output.Say(raw);
        else
            _unsaid.Add(raw);
    }

    protected void Emit(DeclaredTool tool, ReadOnlySpan<byte> arguments)
    {
        Called();
        Output.Emit(tool, arguments);
    }
}
