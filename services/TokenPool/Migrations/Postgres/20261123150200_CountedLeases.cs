using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.TokenPool.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class CountedLeases : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "recent",
                schema: "tokenpool",
                table: "tokens",
                type: "text",
                nullable: false,
                defaultValue: "");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "recent",
                schema: "tokenpool",
                table: "tokens");
        }
    }
}
